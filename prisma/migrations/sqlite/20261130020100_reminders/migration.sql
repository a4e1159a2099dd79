-- AlterTable
ALTER TABLE "outbox_message" ADD COLUMN "roundId" TEXT;

-- CreateTable
CREATE TABLE "reminder_round" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "userType" TEXT,
    "milestone" INTEGER,
    "askedById" TEXT,
    "askedByName" TEXT,
    "locale" TEXT,
    "position" TEXT,
    "mailed" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" DATETIME,
    CONSTRAINT "reminder_round_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "reminder_round_tenantId_createdAt_idx" ON "reminder_round"("tenantId", "createdAt");

-- CreateIndex
CREATE INDEX "reminder_round_finishedAt_createdAt_idx" ON "reminder_round"("finishedAt", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "reminder_round_tenantId_slot_key" ON "reminder_round"("tenantId", "slot");

-- CreateIndex
CREATE INDEX "outbox_message_roundId_recipient_idx" ON "outbox_message"("roundId", "recipient");
