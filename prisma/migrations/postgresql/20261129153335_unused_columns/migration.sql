-- DropTable
DROP TABLE "api_token";

-- DropTable
DROP TABLE "sso_connection";

-- DropTable
DROP TABLE "webhook";

-- DropIndex
DROP INDEX "reset_request_cancelHash_key";

-- AlterTable
ALTER TABLE "reset_request" DROP COLUMN "cancelHash";

-- AlterTable
ALTER TABLE "session" DROP COLUMN "actingTenantId";

-- DropIndex
DROP INDEX "job_doneAt_failedAt_runAt_idx";

-- DropIndex
DROP INDEX "job_uniqueKey_key";

-- AlterTable
ALTER TABLE "job" DROP COLUMN "doneAt",
DROP COLUMN "failedAt",
DROP COLUMN "lastError",
DROP COLUMN "leaseToken",
DROP COLUMN "leasedUntil",
DROP COLUMN "tries",
DROP COLUMN "uniqueKey",
ALTER COLUMN "payload" DROP DEFAULT;

-- CreateIndex
CREATE INDEX "job_kind_runAt_idx" ON "job"("kind", "runAt");

-- The column keeps its values and gets another name, and its index with it.
ALTER TABLE "membership" RENAME COLUMN "special" TO "needsFullRead";
ALTER INDEX "membership_tenantId_suspended_special_nameKey_id_idx" RENAME TO "membership_tenantId_suspended_needsFullRead_nameKey_id_idx";
