-- AlterTable
ALTER TABLE "factor" ADD COLUMN "clockOffset" INTEGER;
