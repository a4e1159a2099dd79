-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "suspendedAt" DATETIME;
ALTER TABLE "tenant" ADD COLUMN "nameKey" TEXT NOT NULL DEFAULT '';

UPDATE "tenant" SET "nameKey" = lower("name");
