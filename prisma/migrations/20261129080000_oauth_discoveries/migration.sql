-- CreateTable
CREATE TABLE "oauth_discoveries" (
    "caller" TEXT NOT NULL,
    "deployment_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oauth_discoveries_pkey" PRIMARY KEY ("caller")
);

-- CreateIndex
CREATE INDEX "oauth_discoveries_deployment_id_idx" ON "oauth_discoveries"("deployment_id");

-- CreateIndex
CREATE INDEX "oauth_discoveries_at_idx" ON "oauth_discoveries"("at");

-- AddForeignKey
ALTER TABLE "oauth_discoveries" ADD CONSTRAINT "oauth_discoveries_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployments"("id") ON DELETE CASCADE ON UPDATE CASCADE;
