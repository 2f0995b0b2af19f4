-- Each record's reference was checked as it was written, and two indexes existed only to clear it when a key was deleted. A record has the
-- names of its credential and its person.
-- DropForeignKey
ALTER TABLE "call_records" DROP CONSTRAINT "call_records_access_key_id_fkey";

-- DropForeignKey
ALTER TABLE "call_records" DROP CONSTRAINT "call_records_connected_client_id_fkey";

-- DropIndex
DROP INDEX "call_records_connected_client_id_idx";

-- DropIndex
DROP INDEX "call_records_access_key_id_idx";
