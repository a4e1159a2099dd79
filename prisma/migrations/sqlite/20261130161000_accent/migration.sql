-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "accent" TEXT;
