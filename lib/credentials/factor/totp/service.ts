import { fromBase32, toBase32 } from '../../../core/crypto/encoding'
import { seal, unseal } from '../../../core/crypto/seal'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { later } from '../../../core/kernel/time'
import { driftsOf, keyUri, matchTotp, newTotpKey, type TotpParams } from '../../../core/otp/totp'
import type { Person } from '../../../identity/user/types'
import { isConfirmed } from '../rules'
import { consumeStep, findUnconfirmed, insertFactor, updateRevoked } from '../store'
import { type ClockHint, keyBinding } from '../totp/rules'
import type { FactorRow } from '../types'

type Needs = TransactionDeps<'clock' | 'random' | 'keys'>

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
