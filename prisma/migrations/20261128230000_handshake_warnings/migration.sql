-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "handshake_warnings" TEXT[] DEFAULT ARRAY[]::TEXT[];
