-- AlterTable
ALTER TABLE "factor" ADD COLUMN "usedBefore" TEXT NOT NULL DEFAULT '';
