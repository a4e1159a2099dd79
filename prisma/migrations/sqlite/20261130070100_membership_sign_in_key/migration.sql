-- AlterTable
ALTER TABLE "membership" ADD COLUMN "signInKey" TEXT NOT NULL DEFAULT '';

UPDATE "membership" SET "signInKey" = COALESCE((
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', u."lastSignInAt" / 1000.0, 'unixepoch') FROM "app_user" u
  WHERE u."id" = "membership"."userId" AND u."tenantId" = "membership"."tenantId"
), '');

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_signInKey_id_idx" ON "membership"("tenantId", "suspended", "signInKey", "id");
