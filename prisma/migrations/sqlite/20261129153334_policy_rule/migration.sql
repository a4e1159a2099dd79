-- CreateTable
CREATE TABLE "policy_rule" (
    "tenantId" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "required" BOOLEAN NOT NULL,
    "requiredSince" DATETIME,
    "kinds" TEXT NOT NULL,
    "trustDays" INTEGER NOT NULL,
    "trustFloor" DATETIME,
    "idleMinutes" INTEGER NOT NULL,
    "sessionHours" INTEGER NOT NULL,
    "sessionsVoidedAt" DATETIME,
    "deviceVerification" BOOLEAN NOT NULL,
    "issuedRecoveryCodes" BOOLEAN NOT NULL,

    PRIMARY KEY ("tenantId", "userType"),
    CONSTRAINT "policy_rule_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "policy" ("tenantId") ON DELETE CASCADE ON UPDATE CASCADE
);

-- One row for each user type, with what its columns said.
-- A team member is always asked on an unknown device, and may always be given a recovery code.
INSERT INTO "policy_rule" ("tenantId", "userType", "required", "requiredSince", "kinds", "trustDays", "trustFloor", "idleMinutes", "sessionHours", "sessionsVoidedAt", "deviceVerification", "issuedRecoveryCodes")
SELECT "tenantId", 'team', "teamRequired", "teamRequiredSince", "teamKinds", "teamTrustDays", "teamTrustFloor", "teamIdleMinutes", "teamSessionHours", "teamSessionsVoidedAt", true, true
FROM "policy";

INSERT INTO "policy_rule" ("tenantId", "userType", "required", "requiredSince", "kinds", "trustDays", "trustFloor", "idleMinutes", "sessionHours", "sessionsVoidedAt", "deviceVerification", "issuedRecoveryCodes")
SELECT "tenantId", 'end', "endRequired", "endRequiredSince", "endKinds", "endTrustDays", "endTrustFloor", "endIdleMinutes", "endSessionHours", "endSessionsVoidedAt", "endDeviceVerification", "endIssuedRecoveryCodes"
FROM "policy";

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_policy" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "policy_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_policy" ("tenantId", "updatedAt", "version") SELECT "tenantId", "updatedAt", "version" FROM "policy";
DROP TABLE "policy";
ALTER TABLE "new_policy" RENAME TO "policy";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
