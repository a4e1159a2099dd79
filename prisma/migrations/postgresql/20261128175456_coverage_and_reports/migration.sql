-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "atRisk" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "factorKinds" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "special" BOOLEAN NOT NULL DEFAULT false;

UPDATE "membership" m SET "factorKinds" = SUBSTR(CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'totp' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',totp' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'email' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',email' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'sms' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',sms' ELSE '' END
    || CASE WHEN EXISTS (SELECT 1 FROM "factor" f WHERE f."userId" = m."userId" AND f."kind" = 'passkey' AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) THEN ',passkey' ELSE '' END, 2),
    "atRisk" = (EXISTS (SELECT 1 FROM "app_user" h WHERE h."id" = m."userId" AND h."tenantId" = m."tenantId")
    AND (SELECT COUNT(*) FROM "factor" f WHERE f."userId" = m."userId" AND f."confirmedAt" IS NOT NULL AND f."revokedAt" IS NULL) = 1
    AND NOT EXISTS (SELECT 1 FROM "recovery_code" c WHERE c."userId" = m."userId" AND c."kind" = 'saved' AND c."usedAt" IS NULL AND c."revokedAt" IS NULL)),
    "special" = ((SELECT COUNT(*) FROM "membership" o WHERE o."userId" = m."userId") > 1
    OR EXISTS (SELECT 1 FROM "app_user" u WHERE u."id" = m."userId" AND u."kind" = 'service'));

DELETE FROM "people_count";

DELETE FROM "report";

-- AlterTable
ALTER TABLE "people_count" DROP CONSTRAINT "people_count_pkey",
DROP COLUMN "enrolled",
ADD COLUMN     "factorKinds" TEXT NOT NULL,
ADD COLUMN     "ownTwoFactor" BOOLEAN NOT NULL,
ADD CONSTRAINT "people_count_pkey" PRIMARY KEY ("tenantId", "userType", "factorKinds", "ownTwoFactor");

-- AlterTable
ALTER TABLE "report" DROP COLUMN "failedAt",
DROP COLUMN "file",
DROP COLUMN "kind",
ADD COLUMN     "expected" INTEGER NOT NULL,
ADD COLUMN     "leaseToken" TEXT,
ADD COLUMN     "leasedUntil" TIMESTAMP(3),
ADD COLUMN     "locale" TEXT NOT NULL,
ADD COLUMN     "parts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "position" TEXT,
ADD COLUMN     "requestedByName" TEXT NOT NULL,
ADD COLUMN     "scheduled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "scope" TEXT NOT NULL;

INSERT INTO "people_count" ("tenantId", "userType", "factorKinds", "ownTwoFactor", "people")
SELECT "tenantId", "userType", "factorKinds", "ownTwoFactor", COUNT(*) FROM "membership"
WHERE "suspended" = false GROUP BY "tenantId", "userType", "factorKinds", "ownTwoFactor";

-- CreateTable
CREATE TABLE "report_part" (
    "reportId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "report_part_pkey" PRIMARY KEY ("reportId","number")
);

-- CreateTable
CREATE TABLE "report_schedule" (
    "tenantId" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "setById" TEXT NOT NULL,
    "setByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "nextAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "report_schedule_pkey" PRIMARY KEY ("tenantId")
);

-- CreateIndex
CREATE INDEX "report_schedule_nextAt_idx" ON "report_schedule"("nextAt");

-- CreateIndex
CREATE INDEX "app_user_tenantId_passwordResetByMailAt_idx" ON "app_user"("tenantId", "passwordResetByMailAt");

-- CreateIndex
CREATE INDEX "app_user_tenantId_addressGivenAt_idx" ON "app_user"("tenantId", "addressGivenAt");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_factorKinds_nameKey_id_idx" ON "membership"("tenantId", "suspended", "factorKinds", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_atRisk_nameKey_id_idx" ON "membership"("tenantId", "suspended", "atRisk", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_special_nameKey_id_idx" ON "membership"("tenantId", "suspended", "special", "nameKey", "id");

-- CreateIndex
CREATE INDEX "report_finishedAt_createdAt_idx" ON "report"("finishedAt", "createdAt");

-- AddForeignKey
ALTER TABLE "report_part" ADD CONSTRAINT "report_part_reportId_fkey" FOREIGN KEY ("reportId") REFERENCES "report"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report_schedule" ADD CONSTRAINT "report_schedule_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
