-- CreateTable
CREATE TABLE "policy_rule" (
    "tenantId" TEXT NOT NULL,
    "userType" "user_type" NOT NULL,
    "required" BOOLEAN NOT NULL,
    "requiredSince" TIMESTAMP(3),
    "kinds" TEXT NOT NULL,
    "trustDays" INTEGER NOT NULL,
    "trustFloor" TIMESTAMP(3),
    "idleMinutes" INTEGER NOT NULL,
    "sessionHours" INTEGER NOT NULL,
    "sessionsVoidedAt" TIMESTAMP(3),
    "deviceVerification" BOOLEAN NOT NULL,
    "issuedRecoveryCodes" BOOLEAN NOT NULL,

    CONSTRAINT "policy_rule_pkey" PRIMARY KEY ("tenantId","userType")
);

-- One row for each user type, with what its columns said.
-- A team member is always asked on an unknown device, and may always be given a recovery code.
INSERT INTO "policy_rule" ("tenantId", "userType", "required", "requiredSince", "kinds", "trustDays", "trustFloor", "idleMinutes", "sessionHours", "sessionsVoidedAt", "deviceVerification", "issuedRecoveryCodes")
SELECT "tenantId", 'team'::"user_type", "teamRequired", "teamRequiredSince", "teamKinds", "teamTrustDays", "teamTrustFloor", "teamIdleMinutes", "teamSessionHours", "teamSessionsVoidedAt", true, true
FROM "policy";

INSERT INTO "policy_rule" ("tenantId", "userType", "required", "requiredSince", "kinds", "trustDays", "trustFloor", "idleMinutes", "sessionHours", "sessionsVoidedAt", "deviceVerification", "issuedRecoveryCodes")
SELECT "tenantId", 'end'::"user_type", "endRequired", "endRequiredSince", "endKinds", "endTrustDays", "endTrustFloor", "endIdleMinutes", "endSessionHours", "endSessionsVoidedAt", "endDeviceVerification", "endIssuedRecoveryCodes"
FROM "policy";

-- AlterTable
ALTER TABLE "policy" DROP COLUMN "endDeadline",
DROP COLUMN "endDeviceVerification",
DROP COLUMN "endIdleMinutes",
DROP COLUMN "endIssuedRecoveryCodes",
DROP COLUMN "endKinds",
DROP COLUMN "endRequired",
DROP COLUMN "endRequiredSince",
DROP COLUMN "endSessionHours",
DROP COLUMN "endSessionsVoidedAt",
DROP COLUMN "endTrustDays",
DROP COLUMN "endTrustFloor",
DROP COLUMN "teamDeadline",
DROP COLUMN "teamIdleMinutes",
DROP COLUMN "teamKinds",
DROP COLUMN "teamRequired",
DROP COLUMN "teamRequiredSince",
DROP COLUMN "teamSessionHours",
DROP COLUMN "teamSessionsVoidedAt",
DROP COLUMN "teamTrustDays",
DROP COLUMN "teamTrustFloor";

-- AddForeignKey
ALTER TABLE "policy_rule" ADD CONSTRAINT "policy_rule_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "policy"("tenantId") ON DELETE CASCADE ON UPDATE CASCADE;
