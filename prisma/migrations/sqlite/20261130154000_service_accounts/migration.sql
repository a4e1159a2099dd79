-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "serviceById" TEXT;
ALTER TABLE "app_user" ADD COLUMN "serviceReason" TEXT;
ALTER TABLE "app_user" ADD COLUMN "serviceSince" DATETIME;
ALTER TABLE "app_user" ADD COLUMN "serviceUntil" DATETIME;
