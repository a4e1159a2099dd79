-- AlterTable
ALTER TABLE "people_import" ADD COLUMN "fallbackRole" TEXT;
ALTER TABLE "people_import" ADD COLUMN "suspended" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "people_import" ADD COLUMN "looked" TEXT;
ALTER TABLE "people_import" ADD COLUMN "problem" TEXT;
ALTER TABLE "people_import" ADD COLUMN "problemRow" INTEGER;

-- CreateTable
CREATE TABLE "people_import_part" (
    "importId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "sealed" TEXT NOT NULL,

    PRIMARY KEY ("importId", "number"),
    CONSTRAINT "people_import_part_importId_fkey" FOREIGN KEY ("importId") REFERENCES "people_import" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
