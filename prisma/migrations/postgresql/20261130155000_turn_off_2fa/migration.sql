-- AlterTable
ALTER TABLE "app_user" ADD COLUMN     "factorsSettledAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "policy" ADD COLUMN     "twoFactorHiddenAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "factorsVoidedAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "factor_void" (
    "tenantId" TEXT NOT NULL,
    "voidedAt" TIMESTAMP(3) NOT NULL,
    "byId" TEXT NOT NULL,
    "byName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "position" TEXT NOT NULL DEFAULT '',
    "people" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),

    CONSTRAINT "factor_void_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "factor_loss" (
    "userId" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "voidedAt" TIMESTAMP(3) NOT NULL,
    "kinds" TEXT NOT NULL,
    "factors" INTEGER NOT NULL,
    "codes" INTEGER NOT NULL,
    "own" BOOLEAN NOT NULL,

    CONSTRAINT "factor_loss_pkey" PRIMARY KEY ("userId", "voidedAt")
);

-- CreateIndex
CREATE INDEX "factor_void_finishedAt_idx" ON "factor_void"("finishedAt");

-- CreateIndex
CREATE INDEX "factor_loss_tenantId_idx" ON "factor_loss"("tenantId");

-- AddForeignKey
ALTER TABLE "factor_void" ADD CONSTRAINT "factor_void_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "factor_loss" ADD CONSTRAINT "factor_loss_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "factor_loss" ADD CONSTRAINT "factor_loss_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
