-- AlterTable
ALTER TABLE "invitation" ADD COLUMN     "validDays" INTEGER;

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "invitationDays" INTEGER NOT NULL DEFAULT 7;
