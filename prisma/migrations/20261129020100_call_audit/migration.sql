-- AlterTable
ALTER TABLE "deployments" ADD COLUMN     "records_payloads" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "call_records" ADD COLUMN     "credential_kind" TEXT,
ADD COLUMN     "credential_name" TEXT,
ADD COLUMN     "is_tool_error" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "person" TEXT;

-- The names are kept with the record from now on, so that they outlive the key or the grant.
UPDATE "call_records" AS r SET "credential_kind" = 'access-key', "credential_name" = k."name", "person" = u."email"
FROM "access_keys" AS k JOIN "users" AS u ON u."id" = k."user_id" WHERE k."id" = r."access_key_id";
UPDATE "call_records" AS r SET "credential_kind" = 'connected-client', "credential_name" = c."client_name", "person" = u."email"
FROM "connected_clients" AS c JOIN "users" AS u ON u."id" = c."user_id" WHERE c."id" = r."connected_client_id";

-- CreateTable
CREATE TABLE "call_payloads" (
    "call_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "request_ciphertext" TEXT NOT NULL,
    "response_ciphertext" TEXT NOT NULL,
    "is_cut" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "call_payloads_pkey" PRIMARY KEY ("call_id")
);

-- CreateIndex
CREATE INDEX "call_payloads_deployment_id_idx" ON "call_payloads"("deployment_id");

-- CreateIndex
CREATE INDEX "call_records_at_idx" ON "call_records"("at");

-- CreateIndex
CREATE INDEX "call_records_access_key_id_idx" ON "call_records"("access_key_id");

-- AddForeignKey
ALTER TABLE "call_payloads" ADD CONSTRAINT "call_payloads_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "call_records"("id") ON DELETE CASCADE ON UPDATE CASCADE;
