-- AlterTable
ALTER TABLE "session" ADD COLUMN "openedAs" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN "passwordShort" BOOLEAN NOT NULL DEFAULT false;
