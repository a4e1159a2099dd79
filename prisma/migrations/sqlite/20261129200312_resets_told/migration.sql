-- CreateTable
CREATE TABLE "reset_notice" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "untold" INTEGER NOT NULL DEFAULT 0,
    "toldAt" DATETIME,
    CONSTRAINT "reset_notice_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "reset_notice_untold_idx" ON "reset_notice"("untold");

-- CreateIndex
CREATE INDEX "recovery_code_issuedById_idx" ON "recovery_code"("issuedById");
