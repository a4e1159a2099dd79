-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "timeZone" TEXT;

-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "timeZone" TEXT;
