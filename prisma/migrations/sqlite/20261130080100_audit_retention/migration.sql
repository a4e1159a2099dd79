-- AlterTable
ALTER TABLE "audit_seal" ADD COLUMN "actorDigest" TEXT;
ALTER TABLE "audit_seal" ADD COLUMN "actorSalt" TEXT;
ALTER TABLE "audit_seal" ADD COLUMN "subjectDigest" TEXT;
ALTER TABLE "audit_seal" ADD COLUMN "subjectSalt" TEXT;

-- CreateTable
CREATE TABLE "audit_checkpoint" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "firstAt" DATETIME NOT NULL,
    "lastAt" DATETIME NOT NULL,
    "latest" DATETIME NOT NULL,
    "madeAt" DATETIME NOT NULL,
    "keyId" TEXT NOT NULL,
    "signature" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "audit_deletion" (
    "eventId" TEXT NOT NULL PRIMARY KEY
);

-- CreateTable
CREATE TABLE "audit_retention" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "days" INTEGER,
    "nextDays" INTEGER,
    "nextAt" DATETIME,
    "lookAt" DATETIME NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_checkpoint_tenantId_seq_key" ON "audit_checkpoint"("tenantId", "seq");

-- CreateIndex
CREATE INDEX "audit_retention_nextAt_idx" ON "audit_retention"("nextAt");

-- CreateIndex
CREATE INDEX "audit_retention_lookAt_idx" ON "audit_retention"("lookAt");

-- The gate for what a checkpoint stands for: only sealed entries, and none of the last 90 days.
DROP TRIGGER "audit_event_no_delete";
CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event"
WHEN NOT EXISTS (SELECT 1 FROM "audit_deletion" WHERE "eventId" = OLD."id")
  OR EXISTS (SELECT 1 FROM "audit_seal" WHERE "eventId" = OLD."id")
BEGIN SELECT RAISE(ABORT, 'audit_event is append only'); END;
DROP TRIGGER "audit_seal_no_delete";
CREATE TRIGGER "audit_seal_no_delete" BEFORE DELETE ON "audit_seal"
WHEN NOT EXISTS (SELECT 1 FROM "audit_deletion" WHERE "eventId" = OLD."eventId")
BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;
CREATE TRIGGER "audit_deletion_covered" BEFORE INSERT ON "audit_deletion"
WHEN NOT EXISTS (
  SELECT 1 FROM "audit_seal" s
    JOIN "audit_event" e ON e."id" = s."eventId"
    JOIN "audit_checkpoint" c ON c."tenantId" = s."tenantId" AND c."seq" >= s."seq"
  WHERE s."eventId" = NEW."eventId" AND e."at" <= unixepoch() * 1000 - 7776000000
)
BEGIN SELECT RAISE(ABORT, 'audit_deletion names what no checkpoint stands for'); END;
CREATE TRIGGER "audit_deletion_no_update" BEFORE UPDATE ON "audit_deletion"
BEGIN SELECT RAISE(ABORT, 'audit_deletion is append only'); END;

-- A checkpoint is signed anew under another key and says the same; one goes only after a further one has come.
CREATE TRIGGER "audit_checkpoint_no_update" BEFORE UPDATE ON "audit_checkpoint"
WHEN OLD."id" IS NOT NEW."id" OR OLD."tenantId" IS NOT NEW."tenantId" OR OLD."seq" IS NOT NEW."seq"
  OR OLD."hash" IS NOT NEW."hash" OR OLD."firstAt" IS NOT NEW."firstAt" OR OLD."lastAt" IS NOT NEW."lastAt"
  OR OLD."latest" IS NOT NEW."latest" OR OLD."madeAt" IS NOT NEW."madeAt"
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint says what it said'); END;
CREATE TRIGGER "audit_checkpoint_no_delete" BEFORE DELETE ON "audit_checkpoint"
WHEN NOT EXISTS (SELECT 1 FROM "audit_checkpoint" WHERE "tenantId" = OLD."tenantId" AND "seq" > OLD."seq")
BEGIN SELECT RAISE(ABORT, 'audit_checkpoint stands for what is gone'); END;

-- The gate for blanking: a salt goes once, and what it covered may be null from then on, and nothing else.
DROP TRIGGER "audit_seal_no_update";
CREATE TRIGGER "audit_seal_no_update" BEFORE UPDATE ON "audit_seal"
WHEN OLD."eventId" IS NOT NEW."eventId" OR OLD."tenantId" IS NOT NEW."tenantId" OR OLD."seq" IS NOT NEW."seq"
  OR OLD."previous" IS NOT NEW."previous" OR OLD."hash" IS NOT NEW."hash" OR OLD."sealedAt" IS NOT NEW."sealedAt"
  OR OLD."actorDigest" IS NOT NEW."actorDigest" OR OLD."subjectDigest" IS NOT NEW."subjectDigest"
  OR (OLD."actorSalt" IS NOT NEW."actorSalt" AND NEW."actorSalt" IS NOT NULL)
  OR (OLD."subjectSalt" IS NOT NEW."subjectSalt" AND NEW."subjectSalt" IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;
DROP TRIGGER "audit_event_no_update";
CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event"
WHEN OLD."id" IS NOT NEW."id" OR OLD."tenantId" IS NOT NEW."tenantId" OR OLD."at" IS NOT NEW."at"
  OR OLD."kind" IS NOT NEW."kind" OR OLD."actorKind" IS NOT NEW."actorKind" OR OLD."actorId" IS NOT NEW."actorId"
  OR OLD."subjectId" IS NOT NEW."subjectId" OR OLD."factorType" IS NOT NEW."factorType"
  OR OLD."requestId" IS NOT NEW."requestId"
  OR (
    (OLD."actorName" IS NOT NEW."actorName" OR OLD."address" IS NOT NEW."address"
      OR OLD."userAgent" IS NOT NEW."userAgent")
    AND NOT (
      NEW."actorName" IS NULL AND NEW."address" IS NULL AND NEW."userAgent" IS NULL AND EXISTS (
        SELECT 1 FROM "audit_seal" s
        WHERE s."eventId" = OLD."id" AND s."actorDigest" IS NOT NULL AND s."actorSalt" IS NULL
      )
    )
  )
  OR (
    (OLD."subjectName" IS NOT NEW."subjectName" OR OLD."data" IS NOT NEW."data")
    AND NOT (
      NEW."subjectName" IS NULL AND EXISTS (
        SELECT 1 FROM "audit_seal" s
        WHERE s."eventId" = OLD."id" AND s."subjectDigest" IS NOT NULL AND s."subjectSalt" IS NULL
      )
    )
  )
BEGIN SELECT RAISE(ABORT, 'audit_event is append only'); END;
