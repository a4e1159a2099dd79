-- AlterTable
ALTER TABLE "membership" ADD COLUMN "signInKey" TEXT NOT NULL DEFAULT '';

UPDATE "membership" m SET "signInKey" = to_char(u."lastSignInAt", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM "app_user" u
WHERE u."id" = m."userId" AND u."tenantId" = m."tenantId" AND u."lastSignInAt" IS NOT NULL;

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_signInKey_id_idx" ON "membership"("tenantId", "suspended", "signInKey", "id");
