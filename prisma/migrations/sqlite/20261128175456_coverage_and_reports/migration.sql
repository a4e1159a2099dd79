-- CreateTable
CREATE TABLE "report_part" (
    "reportId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "text" TEXT NOT NULL,

    PRIMARY KEY ("reportId", "number"),
    CONSTRAINT "report_part_reportId_fkey" FOREIGN KEY ("reportId") REFERENCES "report" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "report_schedule" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "setById" TEXT NOT NULL,
    "setByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "nextAt" DATETIME NOT NULL,
    CONSTRAINT "report_schedule_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

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
    "factorKinds" TEXT NOT NULL DEFAULT '',
    "atRisk" BOOLEAN NOT NULL DEFAULT false,
    "special" BOOLEAN NOT NULL DEFAULT false,
    "exemptUntil" DATETIME,
    "exempt" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "membership_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_membership" ("createdAt", "emailKey", "enrolled", "enrolledAt", "exempt", "exemptUntil", "id", "nameKey", "ownTwoFactor", "role", "surnameKey", "suspended", "suspendedAt", "tenantId", "userId", "userType", "factorKinds", "atRisk", "special")
SELECT m."createdAt", m."emailKey", m."enrolled", m."enrolledAt", m."exempt", m."exemptUntil", m."id", m."nameKey", m."ownTwoFactor", m."role", m."surnameKey", m."suspended", m."suspendedAt", m."tenantId", m."userId", m."userType",
    SUBSTR(CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'totp' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',totp' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'email' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',email' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'sms' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',sms' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'passkey' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',passkey' ELSE '' END, 2),
    (EXISTS (SELECT 1 FROM "app_user" h WHERE h."id" = m."userId" AND h."tenantId" = m."tenantId")
    AND (SELECT COUNT(*) FROM "factor" f WHERE f."userId" = m."userId" AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) = 1
    AND NOT EXISTS (SELECT 1 FROM "recovery_code" c WHERE c."userId" = m."userId" AND c."kind" = 'saved' AND c."usedAt" IS NULL AND c."revokedAt" IS NULL)),
    ((SELECT COUNT(*) FROM "membership" o WHERE o."userId" = m."userId") > 1
    OR EXISTS (SELECT 1 FROM "app_user" u WHERE u."id" = m."userId" AND u."kind" = 'service'))
FROM "membership" m;
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
CREATE INDEX "membership_tenantId_suspended_exempt_nameKey_id_idx" ON "membership"("tenantId", "suspended", "exempt", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_factorKinds_nameKey_id_idx" ON "membership"("tenantId", "suspended", "factorKinds", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_atRisk_nameKey_id_idx" ON "membership"("tenantId", "suspended", "atRisk", "nameKey", "id");
CREATE INDEX "membership_tenantId_suspended_special_nameKey_id_idx" ON "membership"("tenantId", "suspended", "special", "nameKey", "id");
CREATE UNIQUE INDEX "membership_tenantId_userId_key" ON "membership"("tenantId", "userId");
CREATE TABLE "new_people_count" (
    "tenantId" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "factorKinds" TEXT NOT NULL,
    "ownTwoFactor" BOOLEAN NOT NULL,
    "people" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("tenantId", "userType", "factorKinds", "ownTwoFactor"),
    CONSTRAINT "people_count_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
DROP TABLE "people_count";
ALTER TABLE "new_people_count" RENAME TO "people_count";
INSERT INTO "people_count" ("tenantId", "userType", "factorKinds", "ownTwoFactor", "people")
SELECT "tenantId", "userType", "factorKinds", "ownTwoFactor", COUNT(*) FROM "membership"
WHERE "suspended" = false GROUP BY "tenantId", "userType", "factorKinds", "ownTwoFactor";
CREATE TABLE "new_report" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "requestedById" TEXT NOT NULL,
    "requestedByName" TEXT NOT NULL,
    "scheduled" BOOLEAN NOT NULL DEFAULT false,
    "expected" INTEGER NOT NULL,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "position" TEXT,
    "parts" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" DATETIME,
    "expiresAt" DATETIME,
    CONSTRAINT "report_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
DROP TABLE "report";
ALTER TABLE "new_report" RENAME TO "report";
CREATE INDEX "report_tenantId_createdAt_idx" ON "report"("tenantId", "createdAt");
CREATE INDEX "report_finishedAt_createdAt_idx" ON "report"("finishedAt", "createdAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "report_schedule_nextAt_idx" ON "report_schedule"("nextAt");

-- CreateIndex
CREATE INDEX "app_user_tenantId_passwordResetByMailAt_idx" ON "app_user"("tenantId", "passwordResetByMailAt");

-- CreateIndex
CREATE INDEX "app_user_tenantId_addressGivenAt_idx" ON "app_user"("tenantId", "addressGivenAt");
