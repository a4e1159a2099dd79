-- AlterTable
ALTER TABLE "session" ADD COLUMN "attemptId" TEXT;
ALTER TABLE "session" ADD COLUMN "usedAt" DATETIME;

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN "acceptedHash" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "session_attemptId_key" ON "session"("attemptId");
