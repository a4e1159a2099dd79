-- AlterTable
ALTER TABLE "app_user" ADD COLUMN "addressGivenAt" DATETIME;

-- AlterTable
ALTER TABLE "membership" ADD COLUMN "exempt" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "exemption" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "givenById" TEXT,
    "startsAt" DATETIME NOT NULL,
    "endsAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    CONSTRAINT "exemption_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "exemption_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "people_import" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "createdById" TEXT NOT NULL,
    "createdByName" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "fileName" TEXT NOT NULL,
    "invite" BOOLEAN NOT NULL DEFAULT false,
    "rows" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" DATETIME,
    "position" INTEGER NOT NULL DEFAULT 0,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "people_import_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "people_import_row" (
    "importId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT,
    "locale" TEXT,
    "sealedHash" TEXT,
    "outcome" TEXT NOT NULL,
    "column" TEXT,
    "code" TEXT,

    PRIMARY KEY ("importId", "number"),
    CONSTRAINT "people_import_row_importId_fkey" FOREIGN KEY ("importId") REFERENCES "people_import" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_invitation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "locale" TEXT,
    "tokenHash" TEXT,
    "sentAt" DATETIME,
    "expiresAt" DATETIME,
    "createdById" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "invitation_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_invitation" ("createdAt", "createdById", "email", "expiresAt", "id", "name", "role", "tenantId", "tokenHash") SELECT "createdAt", "createdById", "email", "expiresAt", "id", "name", "role", "tenantId", "tokenHash" FROM "invitation";
DROP TABLE "invitation";
ALTER TABLE "new_invitation" RENAME TO "invitation";
CREATE UNIQUE INDEX "invitation_tokenHash_key" ON "invitation"("tokenHash");
CREATE UNIQUE INDEX "invitation_tenantId_email_key" ON "invitation"("tenantId", "email");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "exemption_userId_tenantId_endsAt_idx" ON "exemption"("userId", "tenantId", "endsAt");

-- CreateIndex
CREATE INDEX "people_import_tenantId_id_idx" ON "people_import"("tenantId", "id");

-- CreateIndex
CREATE INDEX "people_import_finishedAt_startedAt_idx" ON "people_import"("finishedAt", "startedAt");

-- CreateIndex
CREATE INDEX "people_import_row_importId_outcome_number_idx" ON "people_import_row"("importId", "outcome", "number");

-- CreateIndex
CREATE INDEX "membership_tenantId_suspended_exempt_nameKey_id_idx" ON "membership"("tenantId", "suspended", "exempt", "nameKey", "id");
