import { recordEvent } from '../audit/service'
import { fromBase32, toBase32 } from '../crypto/encoding'
import { seal, unseal } from '../crypto/seal'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import type { RequestInfo } from '../kernel/request'
import { later } from '../kernel/time'
import { enqueueMail } from '../mail/outbox-service'
import { keyUri, matchTotp, newTotpKey } from '../otp/totp'
import type { Person } from '../user/types'
import { isConfirmed, keyBinding } from './rules'
import {
  consumeStep,
  consumeUnconfirmed,
  findUnconfirmed,
  insertFactor,
  listFactors,
  updateName,
  updateRevoked,
} from './store'
import type { FactorRow } from './types'

type Needs = Pick<Deps, 'clock' | 'random' | 'keys'>

export function factorsOf(db: DbOrTx, userId: string): Promise<FactorRow[]> {
  return listFactors(db, userId)
}

/** E3: an unconfirmed authenticator app; an earlier unfinished one of the person goes. Gives the factor's id. */
export async function beginTotp(
  tx: DbOrTx,
  deps: Needs,
  person: Pick<Person, 'id' | 'tenantId'>,
  name: string,
  life: number,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  const key = toBase32(newTotpKey(deps.random))
  await updateRevoked(tx, { userId: person.id, unconfirmedOnly: true }, now)
  await insertFactor(tx, {
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
  const text =
    factor.sealedKey === null ? null : unseal(keys, factor.sealedKey, keyBinding(person.tenantId, person.id, factor.id))
  const key = text === null ? null : fromBase32(text)
  if (key === null) return null
  const algorithm = factor.algorithm === 'SHA256' || factor.algorithm === 'SHA512' ? factor.algorithm : 'SHA1'
  const params = { key, algorithm, digits: factor.digits, period: factor.period } as const
  const step = matchTotp(params, typed, now, { window: 1, after: factor.lastUsedStep })
  return step === null ? null : { factorId: factor.id, step }
}

export function useStep(tx: DbOrTx, deps: Pick<Deps, 'clock'>, userId: string, match: TotpMatch): Promise<boolean> {
  return consumeStep(tx, { id: match.factorId, userId }, match.step, deps.clock.now())
}

/** E3, E8: the factor counts from now on. False when another request was faster. */
export async function confirmTotp(
  tx: DbOrTx,
  deps: Needs,
  person: Person,
  match: TotpMatch,
  locale: string,
  request: RequestInfo,
): Promise<boolean> {
  const now = deps.clock.now()
  if (!(await consumeUnconfirmed(tx, { id: match.factorId, userId: person.id }, match.step, now))) return false
  await recordEvent(tx, deps, {
    tenantId: person.tenantId,
    kind: 'mfa_setup_succeeded',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    factorType: 'totp',
    request,
  })
  await enqueueMail(tx, deps, {
    template: 'factor_added',
    values: { factor: 'totp', when: now },
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale,
  })
  return true
}

/** Revokes and forgets the keys of one factor, or of all but one; each removal is told of (E8). */
export async function removeFactors(
  tx: DbOrTx,
  deps: Needs,
  person: Person,
  scope: { id?: string; exceptId?: string },
  reason: 'removed' | 'replaced',
  locale: string,
  request: RequestInfo,
): Promise<number> {
  const removed = await updateRevoked(tx, { userId: person.id, ...scope }, deps.clock.now())
  if (removed === 0) return 0
  await recordEvent(tx, deps, {
    tenantId: person.tenantId,
    kind: 'factor_removed',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    factorType: 'totp',
    request,
    data: { removed, reason },
  })
  await enqueueMail(tx, deps, {
    template: 'factor_removed',
    values: { factor: 'totp' },
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale,
  })
  return removed
}

export function renameFactor(tx: DbOrTx, userId: string, id: string, name: string): Promise<boolean> {
  return updateName(tx, { id, userId }, name)
}
