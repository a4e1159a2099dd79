-- CreateTable
CREATE TABLE "reset_notice" (
    "tenantId" TEXT NOT NULL,
    "untold" INTEGER NOT NULL DEFAULT 0,
    "toldAt" TIMESTAMP(3),

    CONSTRAINT "reset_notice_pkey" PRIMARY KEY ("tenantId")
);

-- CreateIndex
CREATE INDEX "reset_notice_untold_idx" ON "reset_notice"("untold");

-- CreateIndex
CREATE INDEX "recovery_code_issuedById_idx" ON "recovery_code"("issuedById");

-- AddForeignKey
ALTER TABLE "reset_notice" ADD CONSTRAINT "reset_notice_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
