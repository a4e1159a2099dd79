-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "passwordDemandedAt" DATETIME;

-- AlterTable
ALTER TABLE "factor" ADD COLUMN "phoneEnding" TEXT;
ALTER TABLE "factor" ADD COLUMN "sealedPhone" TEXT;

-- AlterTable
ALTER TABLE "passcode" ADD COLUMN "factorId" TEXT;

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN "chosenFactorId" TEXT;
ALTER TABLE "sign_in_attempt" ADD COLUMN "clockHint" TEXT;
ALTER TABLE "sign_in_attempt" ADD COLUMN "linkProvedAt" DATETIME;
ALTER TABLE "sign_in_attempt" ADD COLUMN "trustWantedAt" DATETIME;

-- CreateTable
CREATE TABLE "mailed_link" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "email" TEXT,
    "returnTo" TEXT,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "usedAt" DATETIME,
    CONSTRAINT "mailed_link_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "mailed_link_tokenHash_key" ON "mailed_link"("tokenHash");

-- CreateIndex
CREATE INDEX "mailed_link_userId_kind_idx" ON "mailed_link"("userId", "kind");

-- CreateIndex
CREATE INDEX "mailed_link_email_idx" ON "mailed_link"("email");

-- CreateIndex
CREATE INDEX "mailed_link_expiresAt_idx" ON "mailed_link"("expiresAt");

-- CreateIndex
CREATE INDEX "outbox_message_tenantId_failedAt_idx" ON "outbox_message"("tenantId", "failedAt");
