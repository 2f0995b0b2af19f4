-- CreateTable
CREATE TABLE "admin_log" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "category" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "actor_id" UUID,
    "actor" TEXT,
    "address" TEXT,
    "via" TEXT,

    CONSTRAINT "admin_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "admin_log_at_id_idx" ON "admin_log"("at", "id");

-- CreateIndex
CREATE INDEX "admin_log_category_at_id_idx" ON "admin_log"("category", "at", "id");

-- CreateIndex
CREATE INDEX "admin_log_actor_at_id_idx" ON "admin_log"("actor", "at", "id");
