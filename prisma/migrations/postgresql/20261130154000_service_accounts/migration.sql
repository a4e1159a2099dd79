-- AlterTable
ALTER TABLE "app_user" ADD COLUMN     "serviceById" TEXT,
ADD COLUMN     "serviceReason" TEXT,
ADD COLUMN     "serviceSince" TIMESTAMP(3),
ADD COLUMN     "serviceUntil" TIMESTAMP(3);
