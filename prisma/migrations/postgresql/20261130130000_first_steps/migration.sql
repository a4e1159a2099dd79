-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "peopleToldAt" TIMESTAMP(3),
ADD COLUMN     "stepsClosedAt" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "outbox_message_tenantId_sentAt_idx" ON "outbox_message"("tenantId", "sentAt");
