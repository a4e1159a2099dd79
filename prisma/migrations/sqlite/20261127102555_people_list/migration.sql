-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_membership" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "emailKey" TEXT NOT NULL,
    "surnameKey" TEXT NOT NULL,
    "suspendedAt" DATETIME,
    "suspended" BOOLEAN NOT NULL DEFAULT false,
    "enrolled" BOOLEAN NOT NULL DEFAULT false,
    "ownTwoFactor" BOOLEAN NOT NULL DEFAULT false,
    "enrolledAt" DATETIME,
    "exemptUntil" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "membership_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_membership" ("createdAt", "emailKey", "enrolledAt", "exemptUntil", "id", "nameKey", "role", "suspendedAt", "tenantId", "userId", "userType", "surnameKey", "suspended", "enrolled", "ownTwoFactor")
SELECT m."createdAt", m."emailKey", m."enrolledAt", m."exemptUntil", m."id", m."nameKey", m."role", m."suspendedAt", m."tenantId", m."userId", m."userType", m."nameKey", m."suspendedAt" IS NOT NULL, m."enrolledAt" IS NOT NULL, u."twoFactorOn"
FROM "membership" m JOIN "app_user" u ON u."id" = m."userId";
DROP TABLE "membership";
ALTER TABLE "new_membership" RENAME TO "membership";
CREATE INDEX "membership_userId_idx" ON "membership"("userId");
CREATE INDEX "membership_tenantId_suspended_nameKey_id_idx" ON "membership"("tenantId", "suspended", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_surnameKey_id_idx" ON "membership"("tenantId", "suspended", "surnameKey", "id");
CREATE INDEX "membership_tenantId_suspended_emailKey_id_idx" ON "membership"("tenantId", "suspended", "emailKey", "id");
CREATE INDEX "membership_tenantId_suspended_userType_nameKey_id_idx" ON "membership"("tenantId", "suspended", "userType", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_role_nameKey_id_idx" ON "membership"("tenantId", "suspended", "role", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_enrolled_nameKey_id_idx" ON "membership"("tenantId", "suspended", "enrolled", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_userType_enrolled_nameKey_id_idx" ON "membership"("tenantId", "suspended", "userType", "enrolled", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_ownTwoFactor_enrolled_nameKey_id_idx" ON "membership"("tenantId", "suspended", "ownTwoFactor", "enrolled", "nameKey", "id");
CREATE UNIQUE INDEX "membership_tenantId_userId_key" ON "membership"("tenantId", "userId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
