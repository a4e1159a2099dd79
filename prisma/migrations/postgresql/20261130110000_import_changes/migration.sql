-- AlterTable
ALTER TABLE "people_import" ADD COLUMN     "update" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "people_import_row" ADD COLUMN     "change" TEXT;
