import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { type Err, err, type Ok, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { holdCurrentKey } from '../../../core/ring/service'
import { transactResult } from '../../../core/transaction'
import { settleFactors } from '../../../identity/user/membership/service'
import type { Person } from '../../../identity/user/types'
import { KINDS, kindOf } from '../kinds/service'
import { numbered } from '../rules'
import { findUnconfirmed, insertFactor, listAppsBefore, updateFactorsRevoked } from '../store'
import type { ConnectableKind, FactorRow, Wanted } from '../types'
import type { MakeSecret, PhoneRefusal, ProvedConnection, Unfinished } from './types'

export interface Beginning {
  person: Person
  name: string
  /** What this sign-in or session has begun already, and not finished. */
  open: FactorRow | null
  /** How long it may be finished, in milliseconds. */
  ttl: number
  /**
   * Keeps whose unfinished factor it is, in the same transaction: a sign-in's or a session's; false when that is over.
   */
  hold: (deps: TransactionDeps, factorId: string) => Promise<boolean>
}

/**
 * Begins a factor (E1, E3): it counts for nothing until a passcode of it was right. An earlier unfinished one of the
 * person goes, but a key that a page shows already: two tabs of a wizard show the same (E2). Gives the factor whose
 * passcode is to be sent now; null where none is sent.
 */
export async function beginConnection(
  deps: Deps,
  wanted: Wanted,
  beginning: Beginning,
): Promise<Result<FactorRow | null, PhoneRefusal | 'gone'>> {
  const { person, open, hold } = beginning
  const connection = KINDS[wanted.kind].connection
  if (connection.match !== null && open?.kind === wanted.kind) return ok(null)
  const secret = connection.read(wanted)
  if (!secret.ok) return secret
  const begun = await transactResult(deps, async (deps): Promise<Result<string, 'gone'>> => {
    await settleFactors(deps.db, person.id)
    const id = await insertUnfinished(deps, wanted.kind, secret.value, beginning)
    return (await hold(deps, id)) ? ok(id) : err('gone')
  })
  if (!begun.ok) return begun
  return ok(connection.match === null ? await unfinishedFactor(deps, person.id, begun.value) : null)
}

async function insertUnfinished(
  deps: TransactionDeps<'clock' | 'random' | 'keys'>,
  kind: ConnectableKind,
  makeSecret: MakeSecret,
  { person, name, ttl }: Pick<Beginning, 'person' | 'name' | 'ttl'>,
): Promise<string> {
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  await holdCurrentKey(deps)
  await updateFactorsRevoked(deps.db, { userId: person.id, unconfirmedOnly: true }, now)
  await insertFactor(deps.db, {
    id,
    userId: person.id,
    kind,
    name: kind === 'totp' ? numbered(name, await listAppsBefore(deps.db, person.id, now)) : name,
    ...makeSecret(deps, person, id),
    createdAt: now,
    expiresAt: later(now, ttl),
  })
  return id
}

/** The unfinished factor of the person, for as long as it may be finished. */
export function unfinishedFactor(
  deps: Pick<Deps, 'db' | 'clock'>,
  userId: string,
  factorId: string,
): Promise<FactorRow | null> {
  return findUnconfirmed(deps.db, { id: factorId, userId }, deps.clock.now())
}

/** The key or the target, for the one page that connects it; only while it is unfinished (S16). */
export async function viewUnfinished(
  deps: Pick<Deps, 'db' | 'keys'>,
  person: Pick<Person, 'id' | 'tenantId' | 'email'>,
  issuer: string,
  factor: FactorRow,
): Promise<Unfinished | null> {
  const before = factor.kind === 'totp' ? await listAppsBefore(deps.db, person.id, factor.createdAt) : []
  const label = { issuer, account: numbered(person.email, before) }
  return kindOf(factor)?.connection.view(deps, person, label, factor) ?? null
}

/**
 * Judges the typed passcode of an unfinished factor (E3): of an app by the key on the page, which costs no try; of
 * another kind by `byMessage`, which charges like every passcode that could be guessed (S5).
 */
export async function proveConnection<Refused extends { ok: false }>(
  deps: Pick<Deps, 'keys' | 'clock'>,
  person: Pick<Person, 'id' | 'tenantId'>,
  factor: FactorRow,
  typed: string,
  byMessage: () => Promise<Ok<ProvedConnection['use']> | Refused>,
): Promise<Ok<ProvedConnection> | Err<'wrong'> | Refused> {
  const match = kindOf(factor)?.connection.match
  const confirmation = { factorId: factor.id, kind: factor.kind }
  if (match) {
    const found = match(deps, person, factor, typed)
    return found === null ? err('wrong') : ok({ confirmation: { ...confirmation, ...found }, use: async () => true })
  }
  const use = await byMessage()
  return use.ok ? ok({ confirmation: { ...confirmation, step: null }, use: use.value }) : use
}
