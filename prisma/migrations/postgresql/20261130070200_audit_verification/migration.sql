-- CreateTable
CREATE TABLE "audit_verification" (
    "tenantId" TEXT NOT NULL,
    "walk" TEXT NOT NULL DEFAULT '',
    "fromSeq" INTEGER NOT NULL DEFAULT 0,
    "throughSeq" INTEGER NOT NULL DEFAULT 0,
    "wholeAt" TIMESTAMP(3),
    "startedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),
    "findings" INTEGER NOT NULL DEFAULT 0,
    "finding" TEXT,
    "dueAt" TIMESTAMP(3) NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),

    CONSTRAINT "audit_verification_pkey" PRIMARY KEY ("tenantId")
);

-- CreateIndex
CREATE INDEX "audit_verification_dueAt_idx" ON "audit_verification"("dueAt");

-- AddForeignKey
ALTER TABLE "audit_verification" ADD CONSTRAINT "audit_verification_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
