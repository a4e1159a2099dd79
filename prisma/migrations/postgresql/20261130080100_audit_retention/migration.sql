-- AlterTable
ALTER TABLE "audit_seal" ADD COLUMN     "actorDigest" TEXT,
ADD COLUMN     "actorSalt" TEXT,
ADD COLUMN     "subjectDigest" TEXT,
ADD COLUMN     "subjectSalt" TEXT;

-- CreateTable
CREATE TABLE "audit_checkpoint" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "firstAt" TIMESTAMP(3) NOT NULL,
    "lastAt" TIMESTAMP(3) NOT NULL,
    "latest" TIMESTAMP(3) NOT NULL,
    "madeAt" TIMESTAMP(3) NOT NULL,
    "keyId" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "audit_checkpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_deletion" (
    "eventId" TEXT NOT NULL,

    CONSTRAINT "audit_deletion_pkey" PRIMARY KEY ("eventId")
);

-- CreateTable
CREATE TABLE "audit_retention" (
    "tenantId" TEXT NOT NULL,
    "days" INTEGER,
    "nextDays" INTEGER,
    "nextAt" TIMESTAMP(3),
    "lookAt" TIMESTAMP(3) NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),

    CONSTRAINT "audit_retention_pkey" PRIMARY KEY ("tenantId")
);

-- CreateIndex
CREATE UNIQUE INDEX "audit_checkpoint_tenantId_seq_key" ON "audit_checkpoint"("tenantId", "seq");

-- CreateIndex
CREATE INDEX "audit_retention_nextAt_idx" ON "audit_retention"("nextAt");

-- CreateIndex
CREATE INDEX "audit_retention_lookAt_idx" ON "audit_retention"("lookAt");

-- The gate for what a checkpoint stands for: only sealed entries, and none of the last 90 days.
CREATE FUNCTION "audit_refuse_uncovered"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM "audit_seal" s
      JOIN "audit_event" e ON e."id" = s."eventId"
      JOIN "audit_checkpoint" c ON c."tenantId" = s."tenantId" AND c."seq" >= s."seq"
    WHERE s."eventId" = NEW."eventId" AND e."at" <= (now() AT TIME ZONE 'UTC') - INTERVAL '90 days'
  ) THEN
    RAISE EXCEPTION 'audit_deletion names what no checkpoint stands for';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "audit_deletion_covered" BEFORE INSERT ON "audit_deletion"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_uncovered"();
CREATE TRIGGER "audit_deletion_no_update" BEFORE UPDATE ON "audit_deletion"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();

CREATE FUNCTION "audit_refuse_delete"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_event' THEN
    IF NOT EXISTS (SELECT 1 FROM "audit_deletion" WHERE "eventId" = OLD."id")
      OR EXISTS (SELECT 1 FROM "audit_seal" WHERE "eventId" = OLD."id") THEN
      RAISE EXCEPTION 'audit_event is append only';
    END IF;
  ELSIF NOT EXISTS (SELECT 1 FROM "audit_deletion" WHERE "eventId" = OLD."eventId") THEN
    RAISE EXCEPTION 'audit_seal is append only';
  END IF;
  RETURN OLD;
END
$$;
DROP TRIGGER "audit_event_no_delete" ON "audit_event";
CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_delete"();
DROP TRIGGER "audit_seal_no_delete" ON "audit_seal";
CREATE TRIGGER "audit_seal_no_delete" BEFORE DELETE ON "audit_seal"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_delete"();

-- A checkpoint is signed anew under another key and says the same; one goes only after a further one has come.
CREATE FUNCTION "audit_refuse_last_checkpoint"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM "audit_checkpoint" WHERE "tenantId" = OLD."tenantId" AND "seq" > OLD."seq") THEN
    RAISE EXCEPTION 'audit_checkpoint stands for what is gone';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER "audit_checkpoint_no_update" BEFORE UPDATE ON "audit_checkpoint"
  FOR EACH ROW WHEN (
    (OLD."id", OLD."tenantId", OLD."seq", OLD."hash", OLD."firstAt", OLD."lastAt", OLD."latest", OLD."madeAt")
    IS DISTINCT FROM
    (NEW."id", NEW."tenantId", NEW."seq", NEW."hash", NEW."firstAt", NEW."lastAt", NEW."latest", NEW."madeAt")
  ) EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_checkpoint_no_delete" BEFORE DELETE ON "audit_checkpoint"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_last_checkpoint"();
CREATE TRIGGER "audit_checkpoint_no_truncate" BEFORE TRUNCATE ON "audit_checkpoint"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();

-- The gate for blanking: a salt goes once, and what it covered may be null from then on, and nothing else.
DROP TRIGGER "audit_seal_no_update" ON "audit_seal";
CREATE TRIGGER "audit_seal_no_update" BEFORE UPDATE ON "audit_seal"
  FOR EACH ROW WHEN (
    (OLD."eventId", OLD."tenantId", OLD."seq", OLD."previous", OLD."hash", OLD."sealedAt", OLD."actorDigest",
      OLD."subjectDigest")
    IS DISTINCT FROM
    (NEW."eventId", NEW."tenantId", NEW."seq", NEW."previous", NEW."hash", NEW."sealedAt", NEW."actorDigest",
      NEW."subjectDigest")
    OR (OLD."actorSalt" IS DISTINCT FROM NEW."actorSalt" AND NEW."actorSalt" IS NOT NULL)
    OR (OLD."subjectSalt" IS DISTINCT FROM NEW."subjectSalt" AND NEW."subjectSalt" IS NOT NULL)
  ) EXECUTE FUNCTION "audit_refuse"();
CREATE FUNCTION "audit_refuse_unblank"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD."id", OLD."tenantId", OLD."at", OLD."kind", OLD."actorKind", OLD."actorId", OLD."subjectId",
      OLD."factorType", OLD."requestId")
    IS DISTINCT FROM
    (NEW."id", NEW."tenantId", NEW."at", NEW."kind", NEW."actorKind", NEW."actorId", NEW."subjectId",
      NEW."factorType", NEW."requestId")
  OR (
    (OLD."actorName", OLD."address", OLD."userAgent") IS DISTINCT FROM (NEW."actorName", NEW."address", NEW."userAgent")
    AND NOT (
      NEW."actorName" IS NULL AND NEW."address" IS NULL AND NEW."userAgent" IS NULL AND EXISTS (
        SELECT 1 FROM "audit_seal" s
        WHERE s."eventId" = OLD."id" AND s."actorDigest" IS NOT NULL AND s."actorSalt" IS NULL
      )
    )
  )
  OR (
    (OLD."subjectName", OLD."data") IS DISTINCT FROM (NEW."subjectName", NEW."data")
    AND NOT (
      NEW."subjectName" IS NULL AND EXISTS (
        SELECT 1 FROM "audit_seal" s
        WHERE s."eventId" = OLD."id" AND s."subjectDigest" IS NOT NULL AND s."subjectSalt" IS NULL
      )
    )
  ) THEN
    RAISE EXCEPTION 'audit_event is append only';
  END IF;
  RETURN NEW;
END
$$;
DROP TRIGGER "audit_event_no_update" ON "audit_event";
CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_unblank"();
