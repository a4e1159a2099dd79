-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "startUrl" TEXT;
