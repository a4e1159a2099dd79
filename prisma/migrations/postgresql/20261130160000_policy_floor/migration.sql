-- CreateTable
CREATE TABLE "policy_floor" (
    "tenantId" TEXT NOT NULL,
    "userType" "user_type" NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "required" BOOLEAN NOT NULL,
    "requiredSince" TIMESTAMP(3),
    "firstRequiredAt" TIMESTAMP(3),
    "deadline" TIMESTAMP(3),
    "kinds" TEXT,
    "trustDays" INTEGER,
    "trustFloor" TIMESTAMP(3),
    "idleMinutes" INTEGER,
    "sessionHours" INTEGER,

    CONSTRAINT "policy_floor_pkey" PRIMARY KEY ("tenantId","userType")
);

-- AddForeignKey
ALTER TABLE "policy_floor" ADD CONSTRAINT "policy_floor_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "policy"("tenantId") ON DELETE CASCADE ON UPDATE CASCADE;
