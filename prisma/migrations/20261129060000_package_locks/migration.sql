-- AlterTable
ALTER TABLE "deployments" ADD COLUMN "package_lock" TEXT,
ADD COLUMN "package_resolution" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "run_install_scripts" BOOLEAN NOT NULL DEFAULT true;
