-- CreateTable
CREATE TABLE "bulk_act" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "act" TEXT NOT NULL,
    "value" TEXT NOT NULL DEFAULT '',
    "filter" TEXT,
    "createdById" TEXT NOT NULL,
    "createdByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "cursor" TEXT,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "gatheredAt" TIMESTAMP(3),
    "startedAt" TIMESTAMP(3),
    "position" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "bulk_act_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bulk_target" (
    "bulkId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "subjectId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,

    CONSTRAINT "bulk_target_pkey" PRIMARY KEY ("bulkId","number")
);

-- CreateIndex
CREATE INDEX "bulk_act_tenantId_id_idx" ON "bulk_act"("tenantId", "id");

-- CreateIndex
CREATE INDEX "bulk_act_finishedAt_createdAt_idx" ON "bulk_act"("finishedAt", "createdAt");

-- CreateIndex
CREATE INDEX "bulk_target_bulkId_outcome_number_idx" ON "bulk_target"("bulkId", "outcome", "number");

-- CreateIndex
CREATE UNIQUE INDEX "bulk_target_bulkId_subjectId_key" ON "bulk_target"("bulkId", "subjectId");

-- AddForeignKey
ALTER TABLE "bulk_act" ADD CONSTRAINT "bulk_act_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bulk_target" ADD CONSTRAINT "bulk_target_bulkId_fkey" FOREIGN KEY ("bulkId") REFERENCES "bulk_act"("id") ON DELETE CASCADE ON UPDATE CASCADE;
