-- DropIndex
DROP INDEX "invitation_tenantId_createdAt_idx";

-- AlterTable
ALTER TABLE "app_user" ADD COLUMN     "addressGivenAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "membership" ADD COLUMN     "exempt" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "invitation" DROP COLUMN "revokedAt",
DROP COLUMN "usedAt",
ADD COLUMN     "locale" TEXT,
ADD COLUMN     "sentAt" TIMESTAMP(3),
ALTER COLUMN "tokenHash" DROP NOT NULL,
ALTER COLUMN "expiresAt" DROP NOT NULL;

-- The list and its search by prefix rest on the order of bytes, whatever the database collates by.
ALTER TABLE "invitation" ALTER COLUMN "email" TYPE TEXT COLLATE "C";

-- CreateTable
CREATE TABLE "exemption" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "givenById" TEXT,
    "startsAt" TIMESTAMP(3) NOT NULL,
    "endsAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "exemption_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "people_import" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "createdById" TEXT NOT NULL,
    "createdByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "fileName" TEXT NOT NULL,
    "invite" BOOLEAN NOT NULL DEFAULT false,
    "rows" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMP(3),
    "position" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "people_import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "people_import_row" (
    "importId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role",
    "locale" TEXT,
    "sealedHash" TEXT,
    "outcome" TEXT NOT NULL,
    "column" TEXT,
    "code" TEXT,

    CONSTRAINT "people_import_row_pkey" PRIMARY KEY ("importId","number")
);

-- CreateIndex
CREATE INDEX "exemption_userId_tenantId_endsAt_idx" ON "exemption"("userId", "tenantId", "endsAt");

-- CreateIndex
CREATE INDEX "people_import_tenantId_id_idx" ON "people_import"("tenantId", "id");

-- CreateIndex
CREATE INDEX "people_import_finishedAt_startedAt_idx" ON "people_import"("finishedAt", "startedAt");

-- CreateIndex
CREATE INDEX "people_import_row_importId_outcome_number_idx" ON "people_import_row"("importId", "outcome", "number");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_exempt_nameKey_id_idx" ON "membership"("tenantId", "suspended", "exempt", "nameKey", "id");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_tenantId_email_key" ON "invitation"("tenantId", "email");

-- AddForeignKey
ALTER TABLE "exemption" ADD CONSTRAINT "exemption_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "exemption" ADD CONSTRAINT "exemption_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "people_import" ADD CONSTRAINT "people_import_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "people_import_row" ADD CONSTRAINT "people_import_row_importId_fkey" FOREIGN KEY ("importId") REFERENCES "people_import"("id") ON DELETE CASCADE ON UPDATE CASCADE;
