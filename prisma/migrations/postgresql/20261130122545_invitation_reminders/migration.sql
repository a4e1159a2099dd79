-- AlterTable
ALTER TABLE "invitation" ADD COLUMN     "remindAt" TIMESTAMP(3),
ADD COLUMN     "remindedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "invitation_link" (
    "id" TEXT NOT NULL,
    "invitationId" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "firstHash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "invitation_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "invitation_link_tokenHash_key" ON "invitation_link"("tokenHash");

-- CreateIndex
CREATE INDEX "invitation_link_invitationId_createdAt_idx" ON "invitation_link"("invitationId", "createdAt");

-- CreateIndex
CREATE INDEX "invitation_remindAt_idx" ON "invitation"("remindAt");

-- AddForeignKey
ALTER TABLE "invitation_link" ADD CONSTRAINT "invitation_link_invitationId_fkey" FOREIGN KEY ("invitationId") REFERENCES "invitation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The worker looks at each that was sent and plans its reminders; it passes over those that are over.
UPDATE "invitation" SET "remindAt" = "sentAt" WHERE "sentAt" IS NOT NULL AND "expiresAt" IS NOT NULL;
