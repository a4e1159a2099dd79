-- CreateTable
CREATE TABLE "audit_verification" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "walk" TEXT NOT NULL DEFAULT '',
    "fromSeq" INTEGER NOT NULL DEFAULT 0,
    "throughSeq" INTEGER NOT NULL DEFAULT 0,
    "wholeAt" DATETIME,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "findings" INTEGER NOT NULL DEFAULT 0,
    "finding" TEXT,
    "dueAt" DATETIME NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    CONSTRAINT "audit_verification_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "audit_verification_dueAt_idx" ON "audit_verification"("dueAt");
