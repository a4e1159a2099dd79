import type { FactorRow } from '../credentials/factor/types'
import type { TypePolicy } from '../identity/policy/types'
import type { MembershipView, Person } from '../identity/user/types'

/** Rows for tests of rules, each whole, so that a new column is added in one place; a test says what differs. */

export function aPersonView(memberships: readonly MembershipView[], more: Partial<Person> = {}): Person {
  return {
    id: 'person-1',
    tenantId: 'home',
    name: 'Pat',
    email: 'pat@example.com',
    locale: null,
    timeZone: 'UTC',
    kind: 'person',
    serviceUntil: null,
    twoFactorOn: false,
    secondFactorSince: null,
    recoveryCodesAt: null,
    codeToTypeBack: null,
    passwordSetAt: null,
    devicesVoidedAt: null,
    passwordResetByMailAt: null,
    passwordDemandedAt: null,
    factorsResetAt: null,
    factorsVoidedAt: null,
    factorsVoided: false,
    addressGivenAt: null,
    suspended: false,
    memberships,
    ...more,
  }
}

export function aTypePolicy(more: Partial<TypePolicy> = {}): TypePolicy {
  return {
    required: false,
    requiredSince: null,
    firstRequiredAt: null,
    deadline: null,
    kinds: ['totp'],
    idleMinutes: 60,
    sessionHours: 12,
    sessionsVoidedAt: null,
    trustDays: 30,
    trustFloor: null,
    deviceVerification: false,
    issuedRecoveryCodes: false,
    ...more,
  }
}

/** An authenticator app that was confirmed at this time. */
export function aFactorRow(confirmedAt: Date, more: Partial<FactorRow> = {}): FactorRow {
  return {
    id: 'app',
    userId: 'ann',
    kind: 'totp',
    name: 'Authenticator app',
    sealedKey: 'sealed',
    sealedPhone: null,
    phoneEnding: null,
    preferredAt: null,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    lastUsedStep: null,
    usedBefore: '',
    createdAt: confirmedAt,
    expiresAt: null,
    confirmedAt,
    revokedAt: null,
    lastUsedAt: null,
    ...more,
  }
}
