-- CreateTable
CREATE TABLE "signed_out_sessions" (
    "user_id" UUID NOT NULL,
    "signed_in_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signed_out_sessions_pkey" PRIMARY KEY ("user_id","signed_in_at")
);

-- CreateIndex
CREATE INDEX "signed_out_sessions_signed_in_at_idx" ON "signed_out_sessions"("signed_in_at");

-- AddForeignKey
ALTER TABLE "signed_out_sessions" ADD CONSTRAINT "signed_out_sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
