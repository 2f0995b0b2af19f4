-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "change" JSONB,
ADD COLUMN     "spare_machine" JSONB,
ADD COLUMN     "spare_until" TIMESTAMPTZ(3);
