import { recordEvent } from '../../audit/service'
import type { AuditEntry } from '../../audit/types'
import { fromBase32, toBase32 } from '../../core/crypto/encoding'
import { seal, unseal } from '../../core/crypto/seal'
import type { DbOrTx, Tx } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { hours, later } from '../../core/kernel/time'
import { driftsOf, keyUri, matchTotp, newTotpKey, type TotpParams } from '../../core/otp/totp'
import type { FactorKind } from '../../identity/policy/types'
import type { Person } from '../../identity/user/types'
import { enqueueMail, enqueueSms } from '../../messaging/mail/outbox-service'
import type { SmsNotice } from '../../messaging/sms/types'
import {
  type ClockHint,
  isConfirmed,
  keyBinding,
  PHONE_ENDING_DIGITS,
  type PhoneNumber,
  phoneBinding,
  readPhone,
} from './rules'
import {
  consumeStep,
  consumeUnconfirmed,
  findUnconfirmed,
  insertFactor,
  listFactors,
  updateName,
  updatePreferred,
  updateRevoked,
  updateRevokedSince,
  updateUsed,
} from './store'
import type { FactorRow } from './types'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

export function factorsOf(db: DbOrTx, userId: string): Promise<FactorRow[]> {
  return listFactors(db, userId)
}

/** An unconfirmed authenticator app (E3); an earlier unfinished one of the person goes. Gives the factor's id. */
export async function beginTotp(
  deps: Needs,
  person: Pick<Person, 'id' | 'tenantId'>,
  name: string,
  life: number,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const key = toBase32(newTotpKey(deps.random))
  await updateRevoked(deps.db, { userId: person.id, unconfirmedOnly: true }, now)
  await insertFactor(deps.db, {
    id,
    userId: person.id,
    kind: 'totp',
    name,
    sealedKey: seal(deps.keys, deps.random, key, keyBinding(person.tenantId, person.id, id)),
    createdAt: now,
    expiresAt: later(now, life),
  })
  return id
}

/**
 * An unconfirmed factor whose passcodes come to the registered address, or to a number (E1, E3). Gives the factor's id.
 */
export async function beginMessaged(
  deps: Needs,
  person: Pick<Person, 'id' | 'tenantId'>,
  to: { kind: 'email' } | { kind: 'sms'; phone: PhoneNumber },
  name: string,
  life: number,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const phone = to.kind === 'sms' ? to.phone.number : null
  await updateRevoked(deps.db, { userId: person.id, unconfirmedOnly: true }, now)
  await insertFactor(deps.db, {
    id,
    userId: person.id,
    kind: to.kind,
    name,
    ...(phone === null
      ? {}
      : {
          sealedPhone: seal(deps.keys, deps.random, phone, phoneBinding(person.tenantId, person.id, id)),
          phoneEnding: phone.slice(-PHONE_ENDING_DIGITS),
        }),
    createdAt: now,
    expiresAt: later(now, life),
  })
  return id
}

/** The number of an SMS factor; null when it cannot be read, or is no longer one that messages may go to. */
export function phoneOf(
  keys: Deps['keys'],
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: Pick<FactorRow, 'id' | 'sealedPhone'>,
): PhoneNumber | null {
  if (factor.sealedPhone === null) return null
  const number = unseal(keys, factor.sealedPhone, phoneBinding(person.tenantId, person.id, factor.id))
  const read = number === null ? null : readPhone(number)
  return read?.ok ? read.value : null
}

/** A notice does not come late. */
const NOTICE_LIFE = hours(24)

/** Tells a person on their phones as well, where they have any as a factor and messages can go there (R3, R5, R6). */
export async function tellByText(
  deps: Needs & Pick<Deps, 'keys' | 'smsAvailable'>,
  person: Pick<Person, 'id' | 'tenantId' | 'locale'>,
  template: SmsNotice,
  locale: string,
): Promise<void> {
  if (!deps.smsAvailable) return
  const factors = (await factorsOf(deps.db, person.id)).filter(isConfirmed)
  const numbers = new Set(factors.flatMap((factor) => phoneOf(deps.keys, person, factor)?.number ?? []))
  for (const to of numbers) {
    await enqueueSms(deps, {
      template,
      values: {},
      to,
      userId: person.id,
      tenantId: person.tenantId,
      locale: person.locale ?? locale,
      expiresAt: later(deps.clock.now(), NOTICE_LIFE),
    })
  }
}

export interface TotpConnection {
  id: string
  /** Base32 without padding (RFC 4648 6). */
  key: string
  uri: string
}

/** The key, for the one page that shows it; only while the enrolment is unfinished (S16). */
export async function totpConnection(
  deps: Pick<Deps, 'db' | 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId' | 'email'>,
  issuer: string,
  factorId: string,
): Promise<TotpConnection | null> {
  const factor = await findUnconfirmed(deps.db, { id: factorId, userId: person.id }, deps.clock.now())
  const key = factor?.sealedKey
    ? unseal(deps.keys, factor.sealedKey, keyBinding(person.tenantId, person.id, factorId))
    : null
  const bytes = key === null ? null : fromBase32(key)
  if (key === null || bytes === null) return null
  return { id: factorId, key, uri: keyUri({ issuer, account: person.email, key: bytes }) }
}

export interface TotpMatch {
  factorId: string
  step: number
}

/** The unfinished factor of the person, for as long as it may be finished. */
export function unfinishedFactor(
  deps: Pick<Deps, 'db' | 'clock'>,
  userId: string,
  factorId: string,
): Promise<FactorRow | null> {
  return findUnconfirmed(deps.db, { id: factorId, userId }, deps.clock.now())
}

/** The step of an unfinished authenticator app that the passcode fits. */
export async function matchUnconfirmed(
  deps: Pick<Deps, 'db' | 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factorId: string,
  typed: string,
): Promise<TotpMatch | null> {
  const now = deps.clock.now()
  const factor = await findUnconfirmed(deps.db, { id: factorId, userId: person.id }, now)
  return factor === null ? null : matchOne(deps.keys, person, factor, typed, now)
}

/** The confirmed authenticator app that the passcode fits, never a step that was used (S3); null when none does. */
export function matchConfirmed(
  deps: Pick<Deps, 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factors: readonly FactorRow[],
  typed: string,
): TotpMatch | null {
  const now = deps.clock.now()
  for (const factor of factors.filter((each) => each.kind === 'totp' && isConfirmed(each))) {
    const match = matchOne(deps.keys, person, factor, typed, now)
    if (match !== null) return match
  }
  return null
}

function matchOne(
  keys: Deps['keys'],
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: FactorRow,
  typed: string,
  now: Date,
): TotpMatch | null {
  const params = paramsOf(keys, person, factor)
  const step = params === null ? null : matchTotp(params, typed, now, { window: 1, after: factor.lastUsedStep })
  return step === null ? null : { factorId: factor.id, step }
}

function paramsOf(keys: Deps['keys'], person: Pick<Person, 'id' | 'tenantId'>, factor: FactorRow): TotpParams | null {
  const text =
    factor.sealedKey === null ? null : unseal(keys, factor.sealedKey, keyBinding(person.tenantId, person.id, factor.id))
  const key = text === null ? null : fromBase32(text)
  if (key === null) return null
  const algorithm = factor.algorithm === 'SHA256' || factor.algorithm === 'SHA512' ? factor.algorithm : 'SHA1'
  return { key, algorithm, digits: factor.digits, period: factor.period }
}

/** Where, beyond the window, a refused passcode would have fitted (X4). It is never said of one passcode alone. */
export function clockHints(
  deps: Pick<Deps, 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factors: readonly FactorRow[],
  typed: string,
): ClockHint[] {
  const now = deps.clock.now()
  return factors
    .filter((each) => each.kind === 'totp' && isConfirmed(each))
    .flatMap((factor) => {
      const params = paramsOf(deps.keys, person, factor)
      if (params === null) return []
      return driftsOf(params, typed, now).map(({ offset, step }) => ({ factorId: factor.id, offset, step }))
    })
}

export function useStep(deps: TransactionDeps<'clock'>, userId: string, match: TotpMatch): Promise<boolean> {
  return consumeStep(deps.db, { id: match.factorId, userId }, match.step, deps.clock.now())
}

/** A passcode of this e-mail or SMS factor was right; false when it is no factor any more. */
export function noteFactorUsed(deps: TransactionDeps<'clock'>, userId: string, factorId: string): Promise<boolean> {
  return updateUsed(deps.db, { id: factorId, userId }, deps.clock.now())
}

/** What an unfinished factor was proved by: `step` of an authenticator app, else null. */
export interface Confirmation {
  factorId: string
  kind: FactorKind
  step: number | null
}

/** The factor counts from now on (E3, E8). False when another request was faster. */
export async function confirmFactor(
  deps: Needs,
  person: Person,
  proved: Confirmation,
  locale: string,
  request: RequestInfo,
): Promise<boolean> {
  const now = deps.clock.now()
  if (!(await consumeUnconfirmed(deps.db, { id: proved.factorId, userId: person.id }, proved.step, now))) return false
  await recordEvent(deps, {
    tenantId: person.tenantId,
    kind: 'mfa_setup_succeeded',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    factorType: proved.kind,
    request,
  })
  await enqueueMail(deps, {
    template: 'factor_added',
    values: { factor: proved.kind, when: now },
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale,
  })
  return true
}

/** Revokes and forgets the keys of one factor, or of all but one; the removal of each kind is told of (E8). */
export async function removeFactors(
  deps: Needs,
  person: Person,
  scope: { id?: string; exceptId?: string },
  reason: 'removed' | 'replaced',
  locale: string,
  request: RequestInfo,
): Promise<number> {
  const going = (await listFactors(deps.db, person.id)).filter(
    ({ id }) => (scope.id === undefined || scope.id === id) && scope.exceptId !== id,
  )
  if (going.length === 0) return 0
  await updateRevoked(deps.db, { userId: person.id, ...scope }, deps.clock.now())
  const removed = going.filter(isConfirmed)
  for (const kind of new Set(removed.map((each) => each.kind))) {
    await recordEvent(deps, {
      tenantId: person.tenantId,
      kind: 'factor_removed',
      actor: { kind: 'user', id: person.id, name: person.name },
      subject: { id: person.id, name: person.name },
      factorType: kind,
      request,
      data: { removed: removed.filter((each) => each.kind === kind).length, reason },
    })
    await enqueueMail(deps, {
      template: 'factor_removed',
      values: { factor: kind },
      to: person.email,
      userId: person.id,
      tenantId: person.tenantId,
      locale,
    })
  }
  return going.length
}

/**
 * All of them by an admin, unfinished ones too (R5); or what was confirmed since then and all unfinished ones, when a
 * change is stopped (R3). One mail tells of it as a whole. Gives the kinds that counted.
 */
export async function resetFactors(
  deps: TransactionDeps<'clock' | 'random'>,
  person: Person,
  by: Pick<AuditEntry, 'actor' | 'request'>,
  since: Date | null = null,
): Promise<FactorKind[]> {
  const going = (await listFactors(deps.db, person.id)).filter(
    (each) => isConfirmed(each) && (since === null || (each.confirmedAt ?? since) > since),
  )
  const now = deps.clock.now()
  if (since === null) await updateRevoked(deps.db, { userId: person.id }, now)
  else await updateRevokedSince(deps.db, person.id, since, now)
  const kinds = [...new Set(going.map(({ kind }) => kind))]
  for (const kind of kinds) {
    await recordEvent(deps, {
      tenantId: person.tenantId,
      kind: 'factor_removed',
      subject: { id: person.id, name: person.name },
      factorType: kind,
      data: {
        removed: going.filter((each) => each.kind === kind).length,
        reason: since === null ? 'reset' : 'stopped',
      },
      ...by,
    })
  }
  return kinds
}

/** Asked first from now on (E5). */
export function preferFactor(deps: TransactionDeps<'clock'>, userId: string, id: string): Promise<boolean> {
  return updatePreferred(deps.db, { id, userId }, deps.clock.now())
}

export function renameFactor(tx: Tx, userId: string, id: string, name: string): Promise<boolean> {
  return updateName(tx, { id, userId }, name)
}
