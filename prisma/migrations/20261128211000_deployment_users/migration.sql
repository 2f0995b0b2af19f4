-- CreateTable
CREATE TABLE "deployment_users" (
    "id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "user_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_users_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "deployment_users_user_id_idx" ON "deployment_users"("user_id");

-- CreateIndex
CREATE INDEX "deployment_users_email_idx" ON "deployment_users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "deployment_users_deployment_id_email_key" ON "deployment_users"("deployment_id", "email");

-- AddForeignKey
ALTER TABLE "deployment_users" ADD CONSTRAINT "deployment_users_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_users" ADD CONSTRAINT "deployment_users_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
