-- CreateTable
CREATE TABLE "key_in_use" (
    "keyId" TEXT NOT NULL,
    "checkValue" TEXT,
    "since" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "key_in_use_pkey" PRIMARY KEY ("keyId")
);

-- What is in use already. A start then tells the bytes of each key (S28).
INSERT INTO "key_in_use" ("keyId", "since")
SELECT "id", (now() AT TIME ZONE 'UTC')
FROM (
    SELECT "pepperKeyId" AS "id" FROM "password" WHERE "pepperKeyId" <> '.imported'
    UNION
    SELECT split_part("sealedKey", '.', 2) FROM "factor" WHERE "sealedKey" IS NOT NULL AND "revokedAt" IS NULL
    UNION
    SELECT split_part("sealedPhone", '.', 2) FROM "factor" WHERE "sealedPhone" IS NOT NULL AND "revokedAt" IS NULL
    UNION
    SELECT split_part("hash", ':', 1) FROM "recovery_code" WHERE "usedAt" IS NULL AND "revokedAt" IS NULL
    UNION
    SELECT split_part("sealedHash", '.', 2) FROM "people_import_row" WHERE "sealedHash" IS NOT NULL
    UNION
    SELECT "keyId" FROM "audit_head"
) AS "used"
WHERE "id" <> '';
