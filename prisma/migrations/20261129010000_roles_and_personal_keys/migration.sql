-- AlterEnum
ALTER TYPE "user_role" ADD VALUE 'admin';

-- AlterTable
ALTER TABLE "users" ADD COLUMN "may_use_every_deployment" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "invitations" ADD COLUMN "may_use_every_deployment" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "role" "user_role" NOT NULL DEFAULT 'member';

-- AlterTable
ALTER TABLE "deployments" ADD COLUMN "only_listed_users" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable: until now only a deployment's owner could create keys, so theirs they are
ALTER TABLE "access_keys" ADD COLUMN "user_id" UUID;
UPDATE "access_keys" SET "user_id" = "deployments"."owner_id" FROM "deployments" WHERE "deployments"."id" = "access_keys"."deployment_id";
ALTER TABLE "access_keys" ALTER COLUMN "user_id" SET NOT NULL;

-- CreateIndex
CREATE INDEX "access_keys_user_id_idx" ON "access_keys"("user_id");

-- AddForeignKey
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
