-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "logoHeight" INTEGER,
ADD COLUMN     "logoToken" TEXT,
ADD COLUMN     "logoWidth" INTEGER;

-- CreateTable
CREATE TABLE "tenant_logo" (
    "token" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "tenant_logo_pkey" PRIMARY KEY ("token")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_logo_tenantId_key" ON "tenant_logo"("tenantId");

-- AddForeignKey
ALTER TABLE "tenant_logo" ADD CONSTRAINT "tenant_logo_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
