-- CreateTable
CREATE TABLE "policy_floor" (
    "tenantId" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "required" BOOLEAN NOT NULL,
    "requiredSince" DATETIME,
    "firstRequiredAt" DATETIME,
    "deadline" DATETIME,
    "kinds" TEXT,
    "trustDays" INTEGER,
    "trustFloor" DATETIME,
    "idleMinutes" INTEGER,
    "sessionHours" INTEGER,

    PRIMARY KEY ("tenantId", "userType"),
    CONSTRAINT "policy_floor_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "policy" ("tenantId") ON DELETE CASCADE ON UPDATE CASCADE
);
