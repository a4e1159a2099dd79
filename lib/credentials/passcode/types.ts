import type { PhoneNumber } from '../factor/sms/rules'

/**
 * The sign-in attempt or the session that asked, and the factor it proves, null for none: a passcode serves nothing
 * else (ASVS 6.6.2, S20).
 */
export type PasscodeScope = { userId: string; factorId: string | null } & (
  | { attemptId: string }
  | { sessionId: string }
)

/** Where a passcode goes: the registered address, or a number. */
export type Channel = { kind: 'email' } | { kind: 'sms'; phone: PhoneNumber }

export type PasscodePurpose = 'device' | 'step_up' | 'factor' | 'enrol' | 'owner'
