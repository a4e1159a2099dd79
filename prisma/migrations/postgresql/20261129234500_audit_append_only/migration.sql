-- The log is appended to: no entry and no seal is changed or taken away (M8).
CREATE FUNCTION "audit_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only', TG_TABLE_NAME;
END
$$;

CREATE FUNCTION "audit_refuse_last_head"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM "audit_head" WHERE "tenantId" = OLD."tenantId" AND "seq" > OLD."seq") THEN
    RAISE EXCEPTION 'audit_head is the end of its chain';
  END IF;
  RETURN OLD;
END
$$;

CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_event_no_truncate" BEFORE TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();

CREATE TRIGGER "audit_seal_no_update" BEFORE UPDATE ON "audit_seal"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_seal_no_delete" BEFORE DELETE ON "audit_seal"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_seal_no_truncate" BEFORE TRUNCATE ON "audit_seal"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();

-- A head is signed anew under another key and says the same; one goes only after a further one has come.
CREATE TRIGGER "audit_head_no_update" BEFORE UPDATE ON "audit_head"
  FOR EACH ROW WHEN (
    (OLD."id", OLD."tenantId", OLD."seq", OLD."hash", OLD."through")
    IS DISTINCT FROM (NEW."id", NEW."tenantId", NEW."seq", NEW."hash", NEW."through")
  ) EXECUTE FUNCTION "audit_refuse"();
CREATE TRIGGER "audit_head_no_delete" BEFORE DELETE ON "audit_head"
  FOR EACH ROW EXECUTE FUNCTION "audit_refuse_last_head"();
CREATE TRIGGER "audit_head_no_truncate" BEFORE TRUNCATE ON "audit_head"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
