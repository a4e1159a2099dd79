-- One value a person (D7): at a browser that several people used, whoever came later had taken over a value that was
-- there before them (S21). Their rows end, and they are asked once more; ids begin with the time.
DELETE FROM "device" WHERE EXISTS (
  SELECT 1 FROM "device" AS "first" WHERE "first"."tokenHash" = "device"."tokenHash" AND "first"."id" < "device"."id"
);

-- DropIndex
DROP INDEX "device_tokenHash_userId_key";

-- The cookie of before is good once: it is its own series and its first value.
ALTER TABLE "device" RENAME COLUMN "tokenHash" TO "seriesHash";
ALTER TABLE "device" ADD COLUMN     "valueHash" TEXT;
UPDATE "device" SET "valueHash" = "seriesHash";

-- AlterTable
ALTER TABLE "device" ALTER COLUMN "valueHash" SET NOT NULL,
ADD COLUMN     "generation" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "previousHash" TEXT,
ADD COLUMN     "returned" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "successorSalt" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "device_seriesHash_userId_key" ON "device"("seriesHash", "userId");
