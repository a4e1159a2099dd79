-- AlterTable
ALTER TABLE "report" ADD COLUMN "enrolled" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "report" ADD COLUMN "mustSetUp" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "report" ADD COLUMN "invited" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "invitation_tenantId_role_idx" ON "invitation"("tenantId", "role");
