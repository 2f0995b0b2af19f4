-- CreateTable
CREATE TABLE "oauth_clients" (
    "id" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "secret_ciphertext" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deployment_id" UUID,

    CONSTRAINT "oauth_clients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_client_documents" (
    "url" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,
    "fresh_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_client_documents_pkey" PRIMARY KEY ("url")
);

-- CreateTable
CREATE TABLE "connected_clients" (
    "id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_name" TEXT NOT NULL,
    "redirect_host" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "connected_clients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oauth_records" (
    "model" TEXT NOT NULL,
    "id_hash" TEXT NOT NULL,
    "connected_client_id" UUID,
    "payload" JSONB NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),
    "uses" INTEGER NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_records_pkey" PRIMARY KEY ("model","id_hash")
);

-- CreateTable
CREATE TABLE "oauth_signing_keys" (
    "id" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_jwk_ciphertext" TEXT NOT NULL,
    "signs_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "oauth_clients_last_used_at_idx" ON "oauth_clients"("last_used_at");

-- CreateIndex
CREATE INDEX "oauth_client_documents_fetched_at_idx" ON "oauth_client_documents"("fetched_at");

-- CreateIndex
CREATE INDEX "connected_clients_deployment_id_idx" ON "connected_clients"("deployment_id");

-- CreateIndex
CREATE INDEX "connected_clients_user_id_idx" ON "connected_clients"("user_id");

-- CreateIndex
CREATE INDEX "connected_clients_client_id_idx" ON "connected_clients"("client_id");

-- CreateIndex
CREATE INDEX "oauth_records_connected_client_id_idx" ON "oauth_records"("connected_client_id");

-- CreateIndex
CREATE INDEX "oauth_records_expires_at_idx" ON "oauth_records"("expires_at");

-- CreateIndex
CREATE INDEX "oauth_signing_keys_signs_from_idx" ON "oauth_signing_keys"("signs_from");

-- AddForeignKey
ALTER TABLE "connected_clients" ADD CONSTRAINT "connected_clients_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connected_clients" ADD CONSTRAINT "connected_clients_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth_records" ADD CONSTRAINT "oauth_records_connected_client_id_fkey" FOREIGN KEY ("connected_client_id") REFERENCES "connected_clients"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "call_records" ADD COLUMN     "connected_client_id" UUID;

-- CreateIndex
CREATE INDEX "call_records_connected_client_id_idx" ON "call_records"("connected_client_id");

-- AddForeignKey
ALTER TABLE "call_records" ADD CONSTRAINT "call_records_connected_client_id_fkey" FOREIGN KEY ("connected_client_id") REFERENCES "connected_clients"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "oauth_clients_deployment_id_idx" ON "oauth_clients"("deployment_id");

-- AddForeignKey
ALTER TABLE "oauth_clients" ADD CONSTRAINT "oauth_clients_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;
