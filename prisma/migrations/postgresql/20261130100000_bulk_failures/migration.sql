-- AlterTable
ALTER TABLE "bulk_act" ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0;
