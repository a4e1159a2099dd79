-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "nameKey" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "suspendedAt" TIMESTAMP(3);

-- Names are sorted and searched by their bytes, as on SQLite, whatever the server's locale.
ALTER TABLE "tenant" ALTER COLUMN "nameKey" TYPE TEXT COLLATE "C";

UPDATE "tenant" SET "nameKey" = lower("name");
