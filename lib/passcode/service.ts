import { toBase64Url } from '../crypto/encoding'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import type { Result } from '../kernel/result'
import { later } from '../kernel/time'
import { enqueueMail } from '../mail/outbox-service'
import { MAILS_PER_DAY, MAILS_PER_QUARTER } from '../throttle/rules'
import { takePlaces, type Wait } from '../throttle/service'
import { judgePasscode, newPasscode, PASSCODE_LIFE, PASSCODE_MINUTES, passcodeDigest } from './rules'
import { consumePasscode, findNewest, insertPasscode, type PasscodeScope, updateSuperseded } from './store'

/** What `takeMailPlace` counts in; a complete sign-in resets it (security.md 3.2). */
export function mailCounters(userId: string): [quarter: string, day: string] {
  return [`mail15:${userId}`, `mail24:${userId}`]
}

/** A place among the passcode mails of a person; taken before the transaction that sends (security.md 3.2). */
export function takeMailPlace(deps: Deps, userId: string): Promise<Result<null, 'throttled', Wait>> {
  const [quarter, day] = mailCounters(userId)
  return takePlaces(deps, [
    { key: quarter, limit: MAILS_PER_QUARTER },
    { key: day, limit: MAILS_PER_DAY },
  ])
}

export interface PasscodeReader {
  id: string
  email: string
  tenantId: string
  locale: string
}

/** The newest only (D6): older ones of the same attempt or session die; the mail is written in the same transaction. */
export async function sendPasscode(
  tx: DbOrTx,
  deps: Deps,
  scope: PasscodeScope,
  reader: PasscodeReader,
  purpose: 'device' | 'step_up',
  request: RequestInfo,
): Promise<void> {
  const now = deps.clock.now()
  const code = newPasscode(deps.random)
  const salt = toBase64Url(deps.random(16))
  const keyId = deps.keys.currentId
  const expiresAt = later(now, PASSCODE_LIFE)
  await updateSuperseded(tx, scope, now)
  await insertPasscode(tx, scope, {
    id: newId(now, deps.random),
    salt,
    hash: passcodeDigest(deps.keys, keyId, salt, code),
    keyId,
    createdAt: now,
    expiresAt,
  })
  const content =
    purpose === 'device'
      ? {
          template: 'device_passcode' as const,
          values: { code, minutes: PASSCODE_MINUTES, address: request.address, userAgent: request.userAgent },
        }
      : { template: 'step_up_passcode' as const, values: { code, minutes: PASSCODE_MINUTES } }
  await enqueueMail(tx, deps, {
    ...content,
    to: reader.email,
    userId: reader.id,
    tenantId: reader.tenantId,
    locale: reader.locale,
    expiresAt,
  })
}

export type JudgedPasscode = { verdict: 'right'; id: string } | { verdict: 'wrong' | 'expired' }

/** Only the newest passcode of this attempt or session counts; none at all is an expired one. */
export async function findPasscode(deps: Deps, scope: PasscodeScope, typed: string): Promise<JudgedPasscode> {
  const row = await findNewest(deps.db, scope)
  const verdict = judgePasscode(row, deps.keys, typed, deps.clock.now())
  if (verdict === 'right' && row !== null) return { verdict, id: row.id }
  return { verdict: verdict === 'wrong' ? 'wrong' : 'expired' }
}

/** When the newest passcode was sent; null when none is open. */
export async function newestSentAt(deps: Deps, scope: PasscodeScope): Promise<Date | null> {
  const row = await findNewest(deps.db, scope)
  return row === null || row.expiresAt <= deps.clock.now() ? null : row.createdAt
}

export function usePasscode(tx: DbOrTx, deps: Pick<Deps, 'clock'>, scope: PasscodeScope, id: string): Promise<boolean> {
  return consumePasscode(tx, { ...scope, id }, deps.clock.now())
}
