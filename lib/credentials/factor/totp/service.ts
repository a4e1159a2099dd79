import { fromBase32, toBase32 } from '../../../core/crypto/encoding'
import { seal, unseal } from '../../../core/crypto/seal'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { ok } from '../../../core/kernel/result'
import { UnreadableRow } from '../../../core/kernel/unreadable'
import type { ImportedKey } from '../../../core/otp/imported-key'
import {
  driftsOf,
  isTotpAlgorithm,
  keyUri,
  matchTotp,
  newTotpKey,
  type TotpParams,
  timeStep,
} from '../../../core/otp/totp'
import { isFree, usedUntil, withStep } from '../../../core/otp/used-steps'
import { holdCurrentKey } from '../../../core/ring/service'
import type { Person } from '../../../identity/user/types'
import type { Connection } from '../connect/types'
import type { FactorProof } from '../prove/types'
import { isConfirmed } from '../rules'
import { consumeStep, findUsedSteps, insertConfirmed, updateClockOffset } from '../store'
import type { FactorRow } from '../types'
import { type FreshHint, keyBinding } from './rules'

/** An authenticator app: the key is on the page that connects it. */
export const totpConnection: Connection = {
  read: () =>
    ok((deps, { tenantId, id }, factorId) => {
      const key = toBase32(newTotpKey(deps.random))
      return { sealedKey: seal(deps.keys, deps.random, key, keyBinding(tenantId, id, factorId)) }
    }),
  view(deps, person, label, factor) {
    const { text: key, bytes } = unsealKey(deps.keys, person, factor)
    return { kind: 'totp', connection: { id: factor.id, key, uri: keyUri({ ...label, key: bytes }) } }
  },
  match: (deps, person, factor, typed) =>
    matchOne(factor, paramsOf(deps.keys, person, factor), typed, deps.clock.now()),
}

/** Whichever of the person's apps shows the passcode; a time step is accepted once (S3). */
export const totpProof: FactorProof = {
  channel: null,
  async judge(deps, { person, factors }, typed) {
    const match = matchConfirmed(deps, person, factors, typed)
    if (match === null) return { verdict: 'wrong', hints: () => clockHints(deps, person, factors, typed) }
    return { verdict: 'right', found: { factorId: match.factorId }, spend: (deps) => useStep(deps, person.id, match) }
  },
}

export interface TotpMatch {
  factorId: string
  step: number
}

/** The confirmed authenticator app that the passcode fits, never a step that was used (S3); null when none does. */
export function matchConfirmed(
  deps: Pick<Deps, 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factors: readonly FactorRow[],
  typed: string,
): TotpMatch | null {
  const now = deps.clock.now()
  const apps = factors.filter((each) => each.kind === 'totp' && isConfirmed(each))
  // All of them first: while one cannot be read no try is counted, so none may be judged (N41, S4).
  const read = apps.map((factor) => ({ factor, params: paramsOf(deps.keys, person, factor) }))
  for (const { factor, params } of read) {
    const match = matchOne(factor, params, typed, now)
    if (match !== null) return match
  }
  return null
}

function matchOne(factor: FactorRow, params: TotpParams, typed: string, now: Date): TotpMatch | null {
  const after = usedUntil(factor, timeStep(now, factor.period))
  const step = matchTotp(params, typed, now, { window: 1, after })
  return step === null ? null : { factorId: factor.id, step }
}

/** @throws UnreadableRow for a key that does not open, or is none: a right passcode is never called wrong (N41). */
export function unsealKey(
  keys: Deps['keys'],
  person: Pick<Person, 'id' | 'tenantId'>,
  { id, sealedKey }: Pick<FactorRow, 'id' | 'sealedKey'>,
): { text: string; bytes: Uint8Array } {
  const text = sealedKey === null ? null : unseal(keys, sealedKey, keyBinding(person.tenantId, person.id, id))
  const bytes = text === null ? null : fromBase32(text)
  if (text === null || bytes === null) {
    throw new UnreadableRow([{ table: 'factor', id, column: 'sealedKey', problem: 'broken_seal' }])
  }
  return { text, bytes }
}

function paramsOf(keys: Deps['keys'], person: Pick<Person, 'id' | 'tenantId'>, factor: FactorRow): TotpParams {
  const key = unsealKey(keys, person, factor).bytes
  const algorithm = isTotpAlgorithm(factor.algorithm) ? factor.algorithm : 'SHA1'
  return { key, algorithm, digits: factor.digits, period: factor.period }
}

/** Where, beyond the window, a refused passcode would have fitted (X4). It is never said of one passcode alone. */
export function clockHints(
  deps: Pick<Deps, 'clock' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factors: readonly FactorRow[],
  typed: string,
): FreshHint[] {
  const now = deps.clock.now()
  return factors
    .filter((each) => each.kind === 'totp' && isConfirmed(each))
    .flatMap((factor) => {
      const params = paramsOf(deps.keys, person, factor)
      return driftsOf(params, typed, now).map(({ offset, step }) => ({
        factorId: factor.id,
        offset,
        step,
        seconds: offset * factor.period,
      }))
    })
}

/** Kept with the app until a passcode fits again: a report tells of it (M3). */
export function noteClockOffset(
  deps: TransactionDeps<'clock'>,
  userId: string,
  { factorId, seconds }: FreshHint,
): Promise<void> {
  return updateClockOffset(deps.db, { id: factorId, userId }, seconds)
}

/** More than the steps of one window, which are all that others can have used meanwhile. */
const MAX_TRIES = 5

/** Of several uses of one step one counts (S3): it is written where the steps are still those that were read. */
export async function useStep(deps: TransactionDeps<'clock'>, userId: string, match: TotpMatch): Promise<boolean> {
  const now = deps.clock.now()
  const scope = { id: match.factorId, userId }
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const used = await findUsedSteps(deps.db, scope)
    if (used === null || !isFree(used, match.step, timeStep(now, used.period))) return false
    if (await consumeStep(deps.db, scope, used, withStep(used, match.step), now)) return true
  }
  return false
}

/** An app that somebody had at another system (X8): its key is sealed to its row at once (S16), and it counts. */
export async function addBroughtApps(
  deps: TransactionDeps<'clock' | 'random' | 'keys'>,
  apps: readonly { person: Pick<Person, 'id' | 'tenantId'>; name: string; app: ImportedKey }[],
): Promise<void> {
  const now = deps.clock.now()
  await holdCurrentKey(deps)
  await insertConfirmed(
    deps.db,
    apps.map(({ person, name, app: { key, ...numbers } }) => {
      const id = newId(now, deps.random)
      const sealedKey = seal(deps.keys, deps.random, key, keyBinding(person.tenantId, person.id, id))
      return {
        id,
        userId: person.id,
        kind: 'totp' as const,
        name,
        sealedKey,
        ...numbers,
        createdAt: now,
        confirmedAt: now,
      }
    }),
  )
}
