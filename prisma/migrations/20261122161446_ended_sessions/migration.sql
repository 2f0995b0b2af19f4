-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "ended_sessions" TEXT[] DEFAULT ARRAY[]::TEXT[];
