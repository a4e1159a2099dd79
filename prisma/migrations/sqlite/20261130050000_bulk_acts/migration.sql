-- CreateTable
CREATE TABLE "bulk_act" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "value" TEXT NOT NULL DEFAULT '',
    "filter" TEXT,
    "createdById" TEXT NOT NULL,
    "createdByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "cursor" TEXT,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "gatheredAt" DATETIME,
    "startedAt" DATETIME,
    "position" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "bulk_act_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "bulk_target" (
    "bulkId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "subjectId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,

    PRIMARY KEY ("bulkId", "number"),
    CONSTRAINT "bulk_target_bulkId_fkey" FOREIGN KEY ("bulkId") REFERENCES "bulk_act" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "bulk_act_tenantId_id_idx" ON "bulk_act"("tenantId", "id");

-- CreateIndex
CREATE INDEX "bulk_act_finishedAt_createdAt_idx" ON "bulk_act"("finishedAt", "createdAt");

-- CreateIndex
CREATE INDEX "bulk_target_bulkId_outcome_number_idx" ON "bulk_target"("bulkId", "outcome", "number");

-- CreateIndex
CREATE UNIQUE INDEX "bulk_target_bulkId_subjectId_key" ON "bulk_target"("bulkId", "subjectId");
