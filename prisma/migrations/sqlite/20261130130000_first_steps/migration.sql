-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "peopleToldAt" DATETIME;
ALTER TABLE "tenant" ADD COLUMN "stepsClosedAt" DATETIME;

-- CreateIndex
CREATE INDEX "outbox_message_tenantId_sentAt_idx" ON "outbox_message"("tenantId", "sentAt");
