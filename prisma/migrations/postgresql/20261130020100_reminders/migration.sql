-- AlterTable
ALTER TABLE "outbox_message" ADD COLUMN     "roundId" TEXT;

-- CreateTable
CREATE TABLE "reminder_round" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "userType" "user_type",
    "milestone" INTEGER,
    "askedById" TEXT,
    "askedByName" TEXT,
    "locale" TEXT,
    "position" TEXT,
    "mailed" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "reminder_round_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "reminder_round_tenantId_createdAt_idx" ON "reminder_round"("tenantId", "createdAt");

-- CreateIndex
CREATE INDEX "reminder_round_finishedAt_createdAt_idx" ON "reminder_round"("finishedAt", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "reminder_round_tenantId_slot_key" ON "reminder_round"("tenantId", "slot");

-- CreateIndex
CREATE INDEX "outbox_message_roundId_recipient_idx" ON "outbox_message"("roundId", "recipient");

-- AddForeignKey
ALTER TABLE "reminder_round" ADD CONSTRAINT "reminder_round_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
