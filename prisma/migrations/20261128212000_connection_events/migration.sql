-- CreateTable
CREATE TABLE "connection_events" (
    "id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "step" TEXT NOT NULL,
    "problem" TEXT,
    "client" TEXT,
    "person" TEXT,

    CONSTRAINT "connection_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "connection_events_deployment_id_at_idx" ON "connection_events"("deployment_id", "at");

-- AddForeignKey
ALTER TABLE "connection_events" ADD CONSTRAINT "connection_events_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;
