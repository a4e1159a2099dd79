-- AlterTable
ALTER TABLE "exemption" ADD COLUMN "moreTime" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "membership" ADD COLUMN "moreTimeUntil" DATETIME;
