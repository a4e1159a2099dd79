-- CreateTable
CREATE TABLE "tenant_ancestor" (
    "tenantId" TEXT NOT NULL,
    "ancestorId" TEXT NOT NULL,
    "distance" INTEGER NOT NULL,

    CONSTRAINT "tenant_ancestor_pkey" PRIMARY KEY ("tenantId","ancestorId")
);

-- CreateIndex
CREATE INDEX "tenant_ancestor_ancestorId_tenantId_idx" ON "tenant_ancestor"("ancestorId", "tenantId");

-- AddForeignKey
ALTER TABLE "tenant_ancestor" ADD CONSTRAINT "tenant_ancestor_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_ancestor" ADD CONSTRAINT "tenant_ancestor_ancestorId_fkey" FOREIGN KEY ("ancestorId") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Whoever is below somebody already.
WITH RECURSIVE "above" ("tenantId", "ancestorId", "distance") AS (
    SELECT "id", "parentId", 1 FROM "tenant" WHERE "parentId" IS NOT NULL
    UNION ALL
    SELECT "above"."tenantId", "tenant"."parentId", "above"."distance" + 1
    FROM "above" JOIN "tenant" ON "tenant"."id" = "above"."ancestorId"
    WHERE "tenant"."parentId" IS NOT NULL
)
INSERT INTO "tenant_ancestor" ("tenantId", "ancestorId", "distance")
SELECT "tenantId", "ancestorId", "distance" FROM "above";
