-- CreateTable
CREATE TABLE "tenant" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'customer',
    "stage" TEXT NOT NULL DEFAULT 'production',
    "parentId" TEXT,
    "locale" TEXT,
    "trustVoidedAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "tenant_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "tenant" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "policy" (
    "tenantId" TEXT NOT NULL PRIMARY KEY,
    "version" INTEGER NOT NULL DEFAULT 1,
    "teamRequired" BOOLEAN NOT NULL DEFAULT false,
    "teamRequiredSince" DATETIME,
    "teamKinds" TEXT NOT NULL DEFAULT 'totp,email,passkey',
    "teamTrustDays" INTEGER NOT NULL DEFAULT 30,
    "teamTrustFloor" DATETIME,
    "teamDeadline" DATETIME,
    "teamIdleMinutes" INTEGER NOT NULL DEFAULT 60,
    "teamSessionHours" INTEGER NOT NULL DEFAULT 12,
    "endRequired" BOOLEAN NOT NULL DEFAULT false,
    "endRequiredSince" DATETIME,
    "endKinds" TEXT NOT NULL DEFAULT 'totp,email,passkey',
    "endTrustDays" INTEGER NOT NULL DEFAULT 30,
    "endTrustFloor" DATETIME,
    "endDeadline" DATETIME,
    "endIdleMinutes" INTEGER NOT NULL DEFAULT 60,
    "endSessionHours" INTEGER NOT NULL DEFAULT 24,
    "endDeviceVerification" BOOLEAN NOT NULL DEFAULT false,
    "endIssuedRecoveryCodes" BOOLEAN NOT NULL DEFAULT false,
    "teamSessionsVoidedAt" DATETIME,
    "endSessionsVoidedAt" DATETIME,
    "updatedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "policy_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "app_user" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'person',
    "locale" TEXT,
    "twoFactorOn" BOOLEAN NOT NULL DEFAULT false,
    "secondFactorSince" DATETIME,
    "recoveryCodesAt" DATETIME,
    "codeToTypeBack" INTEGER,
    "factorVersion" INTEGER NOT NULL DEFAULT 0,
    "passwordResetByMailAt" DATETIME,
    "factorsResetAt" DATETIME,
    "suspendedAt" DATETIME,
    "trustVoidedAt" DATETIME,
    "lastSignInAt" DATETIME,
    "lastSecondFactorAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "app_user_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "membership" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "emailKey" TEXT NOT NULL,
    "suspendedAt" DATETIME,
    "enrolledAt" DATETIME,
    "exemptUntil" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "membership_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "people_count" (
    "tenantId" TEXT NOT NULL,
    "userType" TEXT NOT NULL,
    "people" INTEGER NOT NULL DEFAULT 0,
    "enrolled" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("tenantId", "userType"),
    CONSTRAINT "people_count_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "password" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "hash" TEXT NOT NULL,
    "pepperKeyId" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    CONSTRAINT "password_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "factor" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sealedKey" TEXT,
    "algorithm" TEXT NOT NULL DEFAULT 'SHA1',
    "digits" INTEGER NOT NULL DEFAULT 6,
    "period" INTEGER NOT NULL DEFAULT 30,
    "lastUsedStep" INTEGER,
    "preferredAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME,
    "confirmedAt" DATETIME,
    "revokedAt" DATETIME,
    "lastUsedAt" DATETIME,
    CONSTRAINT "factor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "recovery_code" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'saved',
    "number" INTEGER NOT NULL,
    "tag" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME,
    "usedAt" DATETIME,
    "revokedAt" DATETIME,
    "issuedById" TEXT,
    "reason" TEXT,
    CONSTRAINT "recovery_code_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "device" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "verifiedAt" DATETIME,
    "trustGrantedAt" DATETIME,
    "forgottenAt" DATETIME,
    "userAgent" TEXT,
    "address" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" DATETIME NOT NULL,
    CONSTRAINT "device_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "sign_in_attempt" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    "passwordProvedAt" DATETIME,
    "mailProvedAt" DATETIME,
    "factorProvedAt" DATETIME,
    "factorId" TEXT,
    "recoveryProvedAt" DATETIME,
    "recoveryCodeId" TEXT,
    "recoveryAnswer" TEXT,
    "enrollingFactorId" TEXT,
    "enrolledFactorId" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "returnTo" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "completedAt" DATETIME,
    "endedAt" DATETIME,
    CONSTRAINT "sign_in_attempt_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "passcode" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "attemptId" TEXT,
    "sessionId" TEXT,
    "channel" TEXT NOT NULL,
    "salt" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    "usedAt" DATETIME,
    "supersededAt" DATETIME,
    CONSTRAINT "passcode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "passcode_attemptId_fkey" FOREIGN KEY ("attemptId") REFERENCES "sign_in_attempt" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "throttle" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "lifetime" INTEGER NOT NULL DEFAULT 0,
    "windowEndsAt" DATETIME NOT NULL,
    "blockedUntil" DATETIME
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tokenHash" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "actingTenantId" TEXT,
    "methods" TEXT NOT NULL,
    "deviceId" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "createdAt" DATETIME NOT NULL,
    "lastSeenAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "idleSeconds" INTEGER NOT NULL,
    "steppedUpAt" DATETIME,
    "enrollingFactorId" TEXT,
    "endedAt" DATETIME,
    CONSTRAINT "session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
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
    "data" TEXT NOT NULL DEFAULT '{}'
);

-- CreateTable
CREATE TABLE "audit_seal" (
    "eventId" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "previous" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "sealedAt" DATETIME NOT NULL,
    CONSTRAINT "audit_seal_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "audit_event" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION
);

-- CreateTable
CREATE TABLE "audit_head" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "through" DATETIME NOT NULL,
    "signedAt" DATETIME NOT NULL,
    "keyId" TEXT NOT NULL,
    "signature" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "reset_request" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "attemptId" TEXT,
    "reason" TEXT,
    "address" TEXT,
    "userAgent" TEXT,
    "cancelHash" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    "decidedAt" DATETIME,
    "decidedById" TEXT,
    "approved" BOOLEAN,
    "denialReason" TEXT,
    "cancelledAt" DATETIME,
    "doneAt" DATETIME,
    CONSTRAINT "reset_request_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "reset_request_userId_fkey" FOREIGN KEY ("userId") REFERENCES "app_user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "invitation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "createdById" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    "usedAt" DATETIME,
    "revokedAt" DATETIME,
    CONSTRAINT "invitation_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "report" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "requestedById" TEXT NOT NULL,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "file" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" DATETIME,
    "failedAt" DATETIME,
    "expiresAt" DATETIME,
    CONSTRAINT "report_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "uniqueKey" TEXT,
    "payload" TEXT NOT NULL DEFAULT '{}',
    "runAt" DATETIME NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "lastError" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "doneAt" DATETIME,
    "failedAt" DATETIME
);

-- CreateTable
CREATE TABLE "outbox_message" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "channel" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "userId" TEXT,
    "tenantId" TEXT,
    "template" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "sealed" TEXT,
    "expiresAt" DATETIME,
    "runAt" DATETIME NOT NULL,
    "leaseToken" TEXT,
    "leasedUntil" DATETIME,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "lastError" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sentAt" DATETIME,
    "failedAt" DATETIME
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "addressRange" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME,
    "revokedAt" DATETIME,
    CONSTRAINT "api_token_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "sso_connection" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "sealedSecret" TEXT,
    "exemption" TEXT NOT NULL DEFAULT 'exempt',
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabledAt" DATETIME,
    CONSTRAINT "sso_connection_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tenantId" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "sealedSecret" TEXT NOT NULL,
    "kinds" TEXT NOT NULL DEFAULT '*',
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabledAt" DATETIME,
    CONSTRAINT "webhook_tenantId_fkey" FOREIGN KEY ("tenantId") REFERENCES "tenant" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "setup_link" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "tokenHash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "usedAt" DATETIME
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
