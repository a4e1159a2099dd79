-- One value a person (D7): at a browser that several people used, whoever came later had taken over a value that was
-- there before them (S21). Their rows end, and they are asked once more; ids begin with the time.
DELETE FROM "device" WHERE EXISTS (
  SELECT 1 FROM "device" AS "first" WHERE "first"."tokenHash" = "device"."tokenHash" AND "first"."id" < "device"."id"
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_device" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "seriesHash" TEXT NOT NULL,
    "valueHash" TEXT NOT NULL,
    "previousHash" TEXT,
    "successorSalt" TEXT,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "returned" INTEGER NOT NULL DEFAULT 0,
    "verifiedAt" DATETIME,
    "trustGrantedAt" DATETIME,
    "forgottenAt" DATETIME,
    "userAgent" TEXT,
    "address" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" DATETIME NOT NULL,
    CONSTRAINT "device_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- The cookie of before is good once: it is its own series and its first value.
INSERT INTO "new_device" ("id", "userId", "seriesHash", "valueHash", "verifiedAt", "trustGrantedAt", "forgottenAt", "userAgent", "address", "createdAt", "lastSeenAt")
SELECT "id", "userId", "tokenHash", "tokenHash", "verifiedAt", "trustGrantedAt", "forgottenAt", "userAgent", "address", "createdAt", "lastSeenAt" FROM "device";
DROP TABLE "device";
ALTER TABLE "new_device" RENAME TO "device";
CREATE INDEX "device_userId_idx" ON "device"("userId");
CREATE UNIQUE INDEX "device_seriesHash_userId_key" ON "device"("seriesHash", "userId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
