-- DropIndex
DROP INDEX "membership_tenantId_userType_enrolledAt_idx";

-- DropIndex
DROP INDEX "membership_tenantId_userType_nameKey_id_idx";

-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "enrolled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "ownTwoFactor" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "surnameKey" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "suspended" BOOLEAN NOT NULL DEFAULT false;

-- Lists and searches by prefix rest on the order of bytes, whatever the database collates by.
ALTER TABLE "membership" ALTER COLUMN "nameKey" TYPE TEXT COLLATE "C",
ALTER COLUMN "surnameKey" TYPE TEXT COLLATE "C",
ALTER COLUMN "surnameKey" DROP DEFAULT,
ALTER COLUMN "emailKey" TYPE TEXT COLLATE "C",
ALTER COLUMN "id" TYPE TEXT COLLATE "C";

UPDATE "membership" m SET "surnameKey" = m."nameKey", "suspended" = m."suspendedAt" IS NOT NULL,
  "enrolled" = m."enrolledAt" IS NOT NULL, "ownTwoFactor" = u."twoFactorOn"
FROM "app_user" u WHERE u."id" = m."userId";

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_nameKey_id_idx" ON "membership"("tenantId", "suspended", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_surnameKey_id_idx" ON "membership"("tenantId", "suspended", "surnameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_emailKey_id_idx" ON "membership"("tenantId", "suspended", "emailKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_userType_nameKey_id_idx" ON "membership"("tenantId", "suspended", "userType", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_role_nameKey_id_idx" ON "membership"("tenantId", "suspended", "role", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_enrolled_nameKey_id_idx" ON "membership"("tenantId", "suspended", "enrolled", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_userType_enrolled_nameKey_id_idx" ON "membership"("tenantId", "suspended", "userType", "enrolled", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_ownTwoFactor_enrolled_nameKey_idx" ON "membership"("tenantId", "suspended", "ownTwoFactor", "enrolled", "nameKey", "id");
