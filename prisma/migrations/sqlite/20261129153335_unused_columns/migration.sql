-- DropTable
DROP TABLE "api_token";

-- DropTable
DROP TABLE "sso_connection";

-- DropTable
DROP TABLE "webhook";

-- AlterTable
ALTER TABLE "session" DROP COLUMN "actingTenantId";

-- DropIndex
DROP INDEX "reset_request_cancelHash_key";

-- AlterTable
ALTER TABLE "reset_request" DROP COLUMN "cancelHash";

-- The column keeps its values and gets another name, and its index with it.
DROP INDEX "membership_tenantId_suspended_special_nameKey_id_idx";
ALTER TABLE "membership" RENAME COLUMN "special" TO "needsFullRead";
CREATE INDEX "membership_tenantId_suspended_needsFullRead_nameKey_id_idx" ON "membership"("tenantId", "suspended", "needsFullRead", "nameKey", "id");

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "runAt" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO "new_job" ("createdAt", "id", "kind", "payload", "runAt") SELECT "createdAt", "id", "kind", "payload", "runAt" FROM "job";
DROP TABLE "job";
ALTER TABLE "new_job" RENAME TO "job";
CREATE INDEX "job_kind_runAt_idx" ON "job"("kind", "runAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
