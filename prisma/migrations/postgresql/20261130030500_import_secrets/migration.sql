-- AlterTable
ALTER TABLE "people_import" ADD COLUMN     "secrets" BOOLEAN NOT NULL DEFAULT false;
