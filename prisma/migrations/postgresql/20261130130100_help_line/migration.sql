-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "helpText" TEXT,
ADD COLUMN     "helpUrl" TEXT;
