-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN     "invited" BOOLEAN NOT NULL DEFAULT false;
