-- DropIndex
DROP INDEX "audit_event_subjectId_at_idx";

-- DropIndex
DROP INDEX "audit_event_tenantId_kind_at_idx";

-- CreateIndex
CREATE INDEX "audit_event_tenantId_kind_at_id_idx" ON "audit_event"("tenantId", "kind", "at", "id");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_subjectId_at_id_idx" ON "audit_event"("tenantId", "subjectId", "at", "id");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_actorId_at_id_idx" ON "audit_event"("tenantId", "actorId", "at", "id");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_subjectId_kind_at_id_idx" ON "audit_event"("tenantId", "subjectId", "kind", "at", "id");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_actorId_kind_at_id_idx" ON "audit_event"("tenantId", "actorId", "kind", "at", "id");
