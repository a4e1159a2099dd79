-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "factorsSettledAt" DATETIME;

-- AlterTable
ALTER TABLE "policy" ADD COLUMN "twoFactorHiddenAt" DATETIME;

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "factorsVoidedAt" DATETIME;

-- CreateTable
CREATE TABLE "factor_void" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "voidedAt" DATETIME NOT NULL,
    "byId" TEXT NOT NULL,
    "byName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "position" TEXT NOT NULL DEFAULT '',
    "people" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "factor_void_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "factor_loss" (
    "userId" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "voidedAt" DATETIME NOT NULL,
    "kinds" TEXT NOT NULL,
    "factors" INTEGER NOT NULL,
    "codes" INTEGER NOT NULL,
    "own" BOOLEAN NOT NULL,

    PRIMARY KEY ("userId", "voidedAt"),
    CONSTRAINT "factor_loss_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "factor_loss_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "factor_void_finishedAt_idx" ON "factor_void"("finishedAt");

-- CreateIndex
CREATE INDEX "factor_loss_tenantId_idx" ON "factor_loss"("tenantId");
