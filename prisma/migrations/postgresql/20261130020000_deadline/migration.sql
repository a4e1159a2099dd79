-- AlterTable
ALTER TABLE "policy_rule" ADD COLUMN "deadline" TIMESTAMP(3);
ALTER TABLE "policy_rule" ADD COLUMN "firstRequiredAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "sign_in_attempt" ADD COLUMN "putOffAt" TIMESTAMP(3);

-- Where it is required, it is so since then.
UPDATE "policy_rule" SET "firstRequiredAt" = "requiredSince" WHERE "required";
