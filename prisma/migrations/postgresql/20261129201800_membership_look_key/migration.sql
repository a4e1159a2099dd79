-- AlterTable
ALTER TABLE "membership" ADD COLUMN "lookKey" TEXT NOT NULL DEFAULT '';

-- CreateIndex
CREATE INDEX "membership_lookKey_tenantId_nameKey_idx" ON "membership"("lookKey", "tenantId", "nameKey");
