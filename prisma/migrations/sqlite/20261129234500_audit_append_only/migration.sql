-- The log is appended to: no entry and no seal is changed or taken away (M8).
-- A table that is built anew loses its triggers: such a migration makes them again.
CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event"
BEGIN SELECT RAISE(ABORT, 'audit_event is append only'); END;
CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event"
BEGIN SELECT RAISE(ABORT, 'audit_event is append only'); END;
-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER "audit_event_no_replace" BEFORE INSERT ON "audit_event"
WHEN EXISTS (SELECT 1 FROM "audit_event" WHERE "id" = NEW."id")
BEGIN SELECT RAISE(ABORT, 'audit_event is append only'); END;

CREATE TRIGGER "audit_seal_no_update" BEFORE UPDATE ON "audit_seal"
BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;
CREATE TRIGGER "audit_seal_no_delete" BEFORE DELETE ON "audit_seal"
BEGIN SELECT RAISE(ABORT, 'audit_seal is append only'); END;

-- A head is signed anew under another key and says the same; one goes only after a further one has come.
CREATE TRIGGER "audit_head_no_update" BEFORE UPDATE ON "audit_head"
WHEN OLD."id" IS NOT NEW."id" OR OLD."tenantId" IS NOT NEW."tenantId" OR OLD."seq" IS NOT NEW."seq"
  OR OLD."hash" IS NOT NEW."hash" OR OLD."through" IS NOT NEW."through"
BEGIN SELECT RAISE(ABORT, 'audit_head says what it said'); END;
CREATE TRIGGER "audit_head_no_delete" BEFORE DELETE ON "audit_head"
WHEN NOT EXISTS (SELECT 1 FROM "audit_head" WHERE "tenantId" = OLD."tenantId" AND "seq" > OLD."seq")
BEGIN SELECT RAISE(ABORT, 'audit_head is the end of its chain'); END;
