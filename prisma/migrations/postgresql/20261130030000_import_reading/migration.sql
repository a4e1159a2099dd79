-- AlterTable
ALTER TABLE "people_import" ADD COLUMN     "fallbackRole" TEXT,
ADD COLUMN     "looked" TEXT,
ADD COLUMN     "problem" TEXT,
ADD COLUMN     "problemRow" INTEGER,
ADD COLUMN     "suspended" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "people_import_part" (
    "importId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "sealed" TEXT NOT NULL,

    CONSTRAINT "people_import_part_pkey" PRIMARY KEY ("importId","number")
);

-- AddForeignKey
ALTER TABLE "people_import_part" ADD CONSTRAINT "people_import_part_importId_fkey" FOREIGN KEY ("importId") REFERENCES "people_import"("id") ON DELETE CASCADE ON UPDATE CASCADE;
