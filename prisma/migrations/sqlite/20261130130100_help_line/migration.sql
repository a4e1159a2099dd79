-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "helpText" TEXT;
ALTER TABLE "tenant" ADD COLUMN "helpUrl" TEXT;
