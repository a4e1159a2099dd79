-- AlterTable
ALTER TABLE "tenant" ADD COLUMN "logoHeight" INTEGER;
ALTER TABLE "tenant" ADD COLUMN "logoToken" TEXT;
ALTER TABLE "tenant" ADD COLUMN "logoWidth" INTEGER;

-- CreateTable
CREATE TABLE "tenant_logo" (
    "token" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    CONSTRAINT "tenant_logo_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_logo_tenantId_key" ON "tenant_logo"("tenantId");
