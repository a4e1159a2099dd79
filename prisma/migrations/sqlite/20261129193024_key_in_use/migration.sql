-- CreateTable
CREATE TABLE "key_in_use" (
    "keyId" TEXT NOT NULL PRIMARY KEY,
    "checkValue" TEXT,
    "since" DATETIME NOT NULL
);

-- What is in use already. A start then tells the bytes of each key (S28).
INSERT INTO "key_in_use" ("keyId", "since")
SELECT "id", CAST(unixepoch('subsec') * 1000 AS INTEGER)
FROM (
    SELECT "pepperKeyId" AS "id" FROM "password" WHERE "pepperKeyId" <> '.imported'
    UNION
    SELECT substr("sealedKey", 3, instr(substr("sealedKey", 3), '.') - 1) FROM "factor" WHERE "sealedKey" IS NOT NULL AND "revokedAt" IS NULL
    UNION
    SELECT substr("sealedPhone", 3, instr(substr("sealedPhone", 3), '.') - 1) FROM "factor" WHERE "sealedPhone" IS NOT NULL AND "revokedAt" IS NULL
    UNION
    SELECT substr("hash", 1, instr("hash", ':') - 1) FROM "recovery_code" WHERE "usedAt" IS NULL AND "revokedAt" IS NULL
    UNION
    SELECT substr("sealedHash", 3, instr(substr("sealedHash", 3), '.') - 1) FROM "people_import_row" WHERE "sealedHash" IS NOT NULL
    UNION
    SELECT "keyId" FROM "audit_head"
) AS "used"
WHERE "id" <> '';
