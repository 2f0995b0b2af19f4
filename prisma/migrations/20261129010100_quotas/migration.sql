-- AlterTable
ALTER TABLE "users" ADD COLUMN "max_analyses" INTEGER,
ADD COLUMN "max_deployments" INTEGER,
ADD COLUMN "max_running" INTEGER;

-- CreateIndex
CREATE INDEX "sign_in_throttles_last_failed_at_idx" ON "sign_in_throttles"("last_failed_at");
