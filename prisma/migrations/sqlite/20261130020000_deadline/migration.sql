-- AlterTable
ALTER TABLE "policy_rule" ADD COLUMN "deadline" DATETIME;
ALTER TABLE "policy_rule" ADD COLUMN "firstRequiredAt" DATETIME;

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN "putOffAt" DATETIME;

-- Where it is required, it is so since then.
UPDATE "policy_rule" SET "firstRequiredAt" = "requiredSince" WHERE "required";
