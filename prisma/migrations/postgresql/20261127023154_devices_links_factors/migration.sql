-- AlterTable
ALTER TABLE "app_user" ADD COLUMN     "passwordDemandedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "factor" ADD COLUMN     "phoneEnding" TEXT,
ADD COLUMN     "sealedPhone" TEXT;

-- AlterTable
ALTER TABLE "passcode" ADD COLUMN     "factorId" TEXT;

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN     "chosenFactorId" TEXT,
ADD COLUMN     "clockHint" TEXT,
ADD COLUMN     "linkProvedAt" TIMESTAMP(3),
ADD COLUMN     "trustWantedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "mailed_link" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "email" TEXT,
    "returnTo" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "usedAt" TIMESTAMP(3),

    CONSTRAINT "mailed_link_pkey" PRIMARY KEY ("id")
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

-- AddForeignKey
ALTER TABLE "mailed_link" ADD CONSTRAINT "mailed_link_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
