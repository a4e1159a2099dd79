-- CreateEnum
CREATE TYPE "tenant_kind" AS ENUM ('partner', 'customer');

-- CreateEnum
CREATE TYPE "tenant_stage" AS ENUM ('trial', 'production');

-- CreateEnum
CREATE TYPE "user_kind" AS ENUM ('person', 'service');

-- CreateEnum
CREATE TYPE "user_type" AS ENUM ('team', 'end');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('owner', 'admin', 'agent', 'end_user');

-- CreateEnum
CREATE TYPE "factor_kind" AS ENUM ('totp', 'email', 'sms', 'passkey');

-- CreateEnum
CREATE TYPE "recovery_kind" AS ENUM ('saved', 'issued');

-- CreateTable
CREATE TABLE "tenant" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "tenant_kind" NOT NULL DEFAULT 'customer',
    "stage" "tenant_stage" NOT NULL DEFAULT 'production',
    "parentId" TEXT,
    "locale" TEXT,
    "trustVoidedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy" (
    "tenantId" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "teamRequired" BOOLEAN NOT NULL DEFAULT false,
    "teamRequiredSince" TIMESTAMP(3),
    "teamKinds" TEXT NOT NULL DEFAULT 'totp,email,passkey',
    "teamTrustDays" INTEGER NOT NULL DEFAULT 30,
    "teamTrustFloor" TIMESTAMP(3),
    "teamDeadline" TIMESTAMP(3),
    "teamIdleMinutes" INTEGER NOT NULL DEFAULT 60,
    "teamSessionHours" INTEGER NOT NULL DEFAULT 12,
    "endRequired" BOOLEAN NOT NULL DEFAULT false,
    "endRequiredSince" TIMESTAMP(3),
    "endKinds" TEXT NOT NULL DEFAULT 'totp,email,passkey',
    "endTrustDays" INTEGER NOT NULL DEFAULT 30,
    "endTrustFloor" TIMESTAMP(3),
    "endDeadline" TIMESTAMP(3),
    "endIdleMinutes" INTEGER NOT NULL DEFAULT 60,
    "endSessionHours" INTEGER NOT NULL DEFAULT 24,
    "endDeviceVerification" BOOLEAN NOT NULL DEFAULT false,
    "endIssuedRecoveryCodes" BOOLEAN NOT NULL DEFAULT false,
    "teamSessionsVoidedAt" TIMESTAMP(3),
    "endSessionsVoidedAt" TIMESTAMP(3),
    "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_pkey" PRIMARY KEY ("tenantId")
);

-- CreateTable
CREATE TABLE "app_user" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "user_kind" NOT NULL DEFAULT 'person',
    "locale" TEXT,
    "twoFactorOn" BOOLEAN NOT NULL DEFAULT false,
    "secondFactorSince" TIMESTAMP(3),
    "recoveryCodesAt" TIMESTAMP(3),
    "codeToTypeBack" INTEGER,
    "factorVersion" INTEGER NOT NULL DEFAULT 0,
    "passwordResetByMailAt" TIMESTAMP(3),
    "factorsResetAt" TIMESTAMP(3),
    "suspendedAt" TIMESTAMP(3),
    "trustVoidedAt" TIMESTAMP(3),
    "lastSignInAt" TIMESTAMP(3),
    "lastSecondFactorAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "userType" "user_type" NOT NULL,
    "nameKey" TEXT NOT NULL,
    "emailKey" TEXT NOT NULL,
    "suspendedAt" TIMESTAMP(3),
    "enrolledAt" TIMESTAMP(3),
    "exemptUntil" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "people_count" (
    "tenantId" TEXT NOT NULL,
    "userType" "user_type" NOT NULL,
    "people" INTEGER NOT NULL DEFAULT 0,
    "enrolled" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "people_count_pkey" PRIMARY KEY ("tenantId","userType")
);

-- CreateTable
CREATE TABLE "password" (
    "userId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "pepperKeyId" TEXT NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "password_pkey" PRIMARY KEY ("userId")
);

-- CreateTable
CREATE TABLE "factor" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "kind" "factor_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "sealedKey" TEXT,
    "algorithm" TEXT NOT NULL DEFAULT 'SHA1',
    "digits" INTEGER NOT NULL DEFAULT 6,
    "period" INTEGER NOT NULL DEFAULT 30,
    "lastUsedStep" INTEGER,
    "preferredAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3),
    "confirmedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),
    "lastUsedAt" TIMESTAMP(3),

    CONSTRAINT "factor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_code" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "kind" "recovery_kind" NOT NULL DEFAULT 'saved',
    "number" INTEGER NOT NULL,
    "tag" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3),
    "usedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),
    "issuedById" TEXT,
    "reason" TEXT,

    CONSTRAINT "recovery_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "device" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "verifiedAt" TIMESTAMP(3),
    "trustGrantedAt" TIMESTAMP(3),
    "forgottenAt" TIMESTAMP(3),
    "userAgent" TEXT,
    "address" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_attempt" (
    "id" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "passwordProvedAt" TIMESTAMP(3),
    "mailProvedAt" TIMESTAMP(3),
    "factorProvedAt" TIMESTAMP(3),
    "factorId" TEXT,
    "recoveryProvedAt" TIMESTAMP(3),
    "recoveryCodeId" TEXT,
    "recoveryAnswer" TEXT,
    "enrollingFactorId" TEXT,
    "enrolledFactorId" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "returnTo" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "completedAt" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "sign_in_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passcode" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "attemptId" TEXT,
    "sessionId" TEXT,
    "channel" TEXT NOT NULL,
    "salt" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "usedAt" TIMESTAMP(3),
    "supersededAt" TIMESTAMP(3),

    CONSTRAINT "passcode_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "throttle" (
    "key" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "lifetime" INTEGER NOT NULL DEFAULT 0,
    "windowEndsAt" TIMESTAMP(3) NOT NULL,
    "blockedUntil" TIMESTAMP(3),

    CONSTRAINT "throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "actingTenantId" TEXT,
    "methods" TEXT NOT NULL,
    "deviceId" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "lastSeenAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "idleSeconds" INTEGER NOT NULL,
    "steppedUpAt" TIMESTAMP(3),
    "enrollingFactorId" TEXT,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT,
    "actorName" TEXT,
    "subjectId" TEXT,
    "subjectName" TEXT,
    "factorType" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "requestId" TEXT,
    "data" TEXT NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_seal" (
    "eventId" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "previous" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "sealedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("eventId")
);

-- CreateTable
CREATE TABLE "audit_head" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "through" TIMESTAMP(3) NOT NULL,
    "signedAt" TIMESTAMP(3) NOT NULL,
    "keyId" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reset_request" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "attemptId" TEXT,
    "reason" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "cancelHash" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "decidedAt" TIMESTAMP(3),
    "decidedById" TEXT,
    "approved" BOOLEAN,
    "denialReason" TEXT,
    "cancelledAt" TIMESTAMP(3),
    "doneAt" TIMESTAMP(3),

    CONSTRAINT "reset_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "createdById" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "usedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "report" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "requestedById" TEXT NOT NULL,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "file" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMP(3),
    "failedAt" TIMESTAMP(3),
    "expiresAt" TIMESTAMP(3),

    CONSTRAINT "report_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "uniqueKey" TEXT,
    "payload" TEXT NOT NULL DEFAULT '{}',
    "runAt" TIMESTAMP(3) NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "tries" INTEGER NOT NULL DEFAULT 0,
    "lastError" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "doneAt" TIMESTAMP(3),
    "failedAt" TIMESTAMP(3),

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox_message" (
    "id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "userId" TEXT,
    "tenantId" TEXT,
    "template" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "sealed" TEXT,
    "expiresAt" TIMESTAMP(3),
    "runAt" TIMESTAMP(3) NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" TIMESTAMP(3),
    "tries" INTEGER NOT NULL DEFAULT 0,
    "lastError" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sentAt" TIMESTAMP(3),
    "failedAt" TIMESTAMP(3),

    CONSTRAINT "outbox_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "addressRange" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "lastUsedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sso_connection" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "sealedSecret" TEXT,
    "exemption" TEXT NOT NULL DEFAULT 'exempt',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabledAt" TIMESTAMP(3),

    CONSTRAINT "sso_connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "sealedSecret" TEXT NOT NULL,
    "kinds" TEXT NOT NULL DEFAULT '*',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabledAt" TIMESTAMP(3),

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_link" (
    "id" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "usedAt" TIMESTAMP(3),

    CONSTRAINT "setup_link_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug_key" ON "tenant"("slug");

-- CreateIndex
CREATE INDEX "tenant_parentId_idx" ON "tenant"("parentId");

-- CreateIndex
CREATE UNIQUE INDEX "app_user_email_key" ON "app_user"("email");

-- CreateIndex
CREATE INDEX "app_user_tenantId_idx" ON "app_user"("tenantId");

-- CreateIndex
CREATE INDEX "membership_userId_idx" ON "membership"("userId");

-- CreateIndex
CREATE INDEX "membership_tenantId_userType_nameKey_id_idx" ON "membership"("tenantId", "userType", "nameKey", "id");

-- CreateIndex
CREATE INDEX "membership_tenantId_userType_enrolledAt_idx" ON "membership"("tenantId", "userType", "enrolledAt");

-- CreateIndex
CREATE UNIQUE INDEX "membership_tenantId_userId_key" ON "membership"("tenantId", "userId");

-- CreateIndex
CREATE INDEX "factor_userId_idx" ON "factor"("userId");

-- CreateIndex
CREATE INDEX "recovery_code_userId_idx" ON "recovery_code"("userId");

-- CreateIndex
CREATE INDEX "device_userId_idx" ON "device"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "device_tokenHash_userId_key" ON "device"("tokenHash", "userId");

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_attempt_tokenHash_key" ON "sign_in_attempt"("tokenHash");

-- CreateIndex
CREATE INDEX "sign_in_attempt_userId_idx" ON "sign_in_attempt"("userId");

-- CreateIndex
CREATE INDEX "sign_in_attempt_expiresAt_idx" ON "sign_in_attempt"("expiresAt");

-- CreateIndex
CREATE INDEX "passcode_attemptId_idx" ON "passcode"("attemptId");

-- CreateIndex
CREATE INDEX "passcode_sessionId_idx" ON "passcode"("sessionId");

-- CreateIndex
CREATE INDEX "passcode_userId_createdAt_idx" ON "passcode"("userId", "createdAt");

-- CreateIndex
CREATE INDEX "passcode_expiresAt_idx" ON "passcode"("expiresAt");

-- CreateIndex
CREATE INDEX "throttle_windowEndsAt_idx" ON "throttle"("windowEndsAt");

-- CreateIndex
CREATE UNIQUE INDEX "session_tokenHash_key" ON "session"("tokenHash");

-- CreateIndex
CREATE INDEX "session_userId_idx" ON "session"("userId");

-- CreateIndex
CREATE INDEX "session_expiresAt_idx" ON "session"("expiresAt");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_at_id_idx" ON "audit_event"("tenantId", "at", "id");

-- CreateIndex
CREATE INDEX "audit_event_tenantId_kind_at_idx" ON "audit_event"("tenantId", "kind", "at");

-- CreateIndex
CREATE INDEX "audit_event_subjectId_at_idx" ON "audit_event"("subjectId", "at");

-- CreateIndex
CREATE UNIQUE INDEX "audit_seal_tenantId_seq_key" ON "audit_seal"("tenantId", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "audit_head_tenantId_seq_key" ON "audit_head"("tenantId", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "reset_request_cancelHash_key" ON "reset_request"("cancelHash");

-- CreateIndex
CREATE INDEX "reset_request_tenantId_createdAt_idx" ON "reset_request"("tenantId", "createdAt");

-- CreateIndex
CREATE INDEX "reset_request_userId_idx" ON "reset_request"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "invitation_tokenHash_key" ON "invitation"("tokenHash");

-- CreateIndex
CREATE INDEX "invitation_tenantId_createdAt_idx" ON "invitation"("tenantId", "createdAt");

-- CreateIndex
CREATE INDEX "report_tenantId_createdAt_idx" ON "report"("tenantId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "job_uniqueKey_key" ON "job"("uniqueKey");

-- CreateIndex
CREATE INDEX "job_doneAt_failedAt_runAt_idx" ON "job"("doneAt", "failedAt", "runAt");

-- CreateIndex
CREATE INDEX "outbox_message_sentAt_failedAt_runAt_idx" ON "outbox_message"("sentAt", "failedAt", "runAt");

-- CreateIndex
CREATE INDEX "outbox_message_userId_createdAt_idx" ON "outbox_message"("userId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_tokenHash_key" ON "api_token"("tokenHash");

-- CreateIndex
CREATE INDEX "api_token_tenantId_idx" ON "api_token"("tenantId");

-- CreateIndex
CREATE INDEX "sso_connection_tenantId_idx" ON "sso_connection"("tenantId");

-- CreateIndex
CREATE INDEX "webhook_tenantId_idx" ON "webhook"("tenantId");

-- CreateIndex
CREATE UNIQUE INDEX "setup_link_tokenHash_key" ON "setup_link"("tokenHash");

-- AddForeignKey
ALTER TABLE "tenant" ADD CONSTRAINT "tenant_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy" ADD CONSTRAINT "policy_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "people_count" ADD CONSTRAINT "people_count_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password" ADD CONSTRAINT "password_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "factor" ADD CONSTRAINT "factor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_code" ADD CONSTRAINT "recovery_code_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device" ADD CONSTRAINT "device_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sign_in_attempt" ADD CONSTRAINT "sign_in_attempt_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passcode" ADD CONSTRAINT "passcode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "passcode" ADD CONSTRAINT "passcode_attemptId_fkey" FOREIGN KEY ("attemptId") REFERENCES "sign_in_attempt"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_seal" ADD CONSTRAINT "audit_seal_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "audit_event"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "reset_request" ADD CONSTRAINT "reset_request_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reset_request" ADD CONSTRAINT "reset_request_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report" ADD CONSTRAINT "report_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sso_connection" ADD CONSTRAINT "sso_connection_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Names and addresses are sorted and searched by their bytes, as on SQLite, whatever the server's locale (M4).
ALTER TABLE "membership"
    ALTER COLUMN "nameKey" TYPE TEXT COLLATE "C",
    ALTER COLUMN "emailKey" TYPE TEXT COLLATE "C";
