-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "always_on" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "lists" JSONB,
ADD COLUMN     "machine_token_ciphertext" TEXT,
ADD COLUMN     "memory_mb" INTEGER NOT NULL DEFAULT 512,
ADD COLUMN     "region" TEXT;
