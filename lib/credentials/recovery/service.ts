import { recordEvent } from '../../audit/service'
import { isReadableHash } from '../../core/crypto/password-hash'
import type { DbOrTx } from '../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { randomBelow } from '../../core/kernel/random'
import type { RequestInfo } from '../../core/kernel/request'
import { err, ok, type Result } from '../../core/kernel/result'
import { later } from '../../core/kernel/time'
import { UnreadableRow } from '../../core/kernel/unreadable'
import { holdCurrentKey } from '../../core/ring/service'
import { areFactorsVoided, followFactors, settleFactors, voidedAmong } from '../../identity/user/membership/service'
import { noteCodesOpen } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import {
  CODES_PER_SET,
  codeTag,
  ISSUED_TTL,
  isLikely,
  newRecoveryCode,
  readBroughtCode,
  readRecoveryCode,
} from './rules'
import {
  consumeCode,
  countUnused,
  findOpenIssued,
  insertCodes,
  insertIssued,
  listHolders,
  listIssued,
  listUnused,
  listUnusedSince,
  updateAllIssuedRevoked,
  updateCodesRevoked,
  updateCodesRevokedSince,
  updateCodesRevokedUnder,
  updateIssuedByRevoked,
  updateIssuedRevoked,
} from './store'

export interface NewCodes {
  /** Shown once, and kept as hashes alone (S10). */
  codes: string[]
  /** Which one is to be typed back (E4). */
  number: number
  rows: { id: string; userId: string; number: number; tag: number; hash: string; createdAt: Date }[]
}

/** Makes a set before the transaction, since hashing ten codes is slow. */
export async function makeCodes(deps: Deps, userId: string): Promise<Result<NewCodes, 'busy'>> {
  const now = deps.clock.now()
  const codes = Array.from({ length: CODES_PER_SET }, () => newRecoveryCode(deps.random))
  const rows: NewCodes['rows'] = []
  for (const [index, shown] of codes.entries()) {
    const code = shown.replaceAll('-', '')
    const hash = await deps.hasher.hashCode(code)
    if (!hash.ok) return err('busy')
    rows.push({
      id: newId(now, deps.random),
      userId,
      number: index + 1,
      tag: codeTag(deps.keys, userId, code, hash.value.keyId),
      hash: `${hash.value.keyId}:${hash.value.hash}`,
      createdAt: now,
    })
  }
  return ok({ codes, rows, number: randomBelow(deps.random, CODES_PER_SET) + 1 })
}

/** Codes of another system (X8), as `readBroughtCode` reads them, before the transaction: hashing them is slow. */
export async function makeBroughtCodes(
  deps: AnyDeps,
  userId: string,
  codes: readonly string[],
): Promise<Result<NewCodes['rows'], 'busy'>> {
  const createdAt = deps.clock.now()
  const rows: NewCodes['rows'] = []
  for (const [index, code] of codes.entries()) {
    const hash = await deps.hasher.hashCode(code)
    if (!hash.ok) return err('busy')
    const tag = codeTag(deps.keys, userId, code, hash.value.keyId)
    const id = newId(createdAt, deps.random)
    rows.push({ id, userId, number: index + 1, tag, hash: `${hash.value.keyId}:${hash.value.hash}`, createdAt })
  }
  return ok(rows)
}

export async function addBroughtCodes(deps: TransactionDeps, rows: NewCodes['rows']): Promise<void> {
  await holdCurrentKey(deps)
  await insertCodes(deps.db, rows)
}

/** The old set dies with the new one's birth; the person is told (E8). */
export async function replaceCodes(
  deps: TransactionDeps,
  person: Person,
  made: NewCodes,
  reader: { locale: string; request: RequestInfo },
): Promise<void> {
  await holdCurrentKey(deps)
  await settleFactors(deps.db, person.id)
  await updateCodesRevoked(deps.db, person.id, deps.clock.now())
  await insertCodes(deps.db, made.rows)
  await noteCodesOpen(deps.db, person.id, made.number)
  await followFactors(deps.db, person.id, deps.clock.now())
  await recordEvent(deps, {
    tenantId: person.tenantId,
    kind: 'recovery_codes_made',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    request: reader.request,
  })
  await enqueueMail(deps, {
    template: 'recovery_codes_made',
    values: {},
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? reader.locale,
  })
}

export interface CodeMatch {
  id: string
  kind: 'saved' | 'issued'
  number: number
  /** Saved ones that are left after it. */
  left: number
}

/**
 * The unused code of these kinds that was typed; always one slow hash, also when nothing fits, but for `sparing`: then
 * one only for what a row is likely to be of.
 */
export async function matchCode(
  deps: AnyDeps,
  userId: string,
  typed: string,
  kinds: readonly CodeMatch['kind'][] = ['saved'],
  { sparing = false }: { sparing?: boolean } = {},
): Promise<Result<CodeMatch | null, 'busy'>> {
  const code = readRecoveryCode(typed) ?? readBroughtCode(typed)
  const stored = {
    unused: kinds.includes('saved') ? await listUnused(deps.db, userId) : [],
    issued: kinds.includes('issued') ? await listIssued(deps.db, userId, deps.clock.now()) : [],
  }
  // After they were read: none of them outlives 2FA that is turned off for everybody (P6).
  const { unused, issued } = (await areFactorsVoided(deps.db, userId)) ? { unused: [], issued: [] } : stored
  const [broken] = [...unused, ...issued].filter(({ hash }) => !isReadableHash(storedHash(hash)))
  // Before any is judged, since none is counted then: a right code is never called wrong (N41).
  if (broken !== undefined) {
    throw new UnreadableRow([{ table: 'recovery_code', id: broken.id, column: 'hash', problem: 'no_hash' }])
  }
  const likely = [...unused, ...issued].filter(
    ({ tag, hash }) => code !== null && isLikely(deps.keys, userId, code, { tag, keyId: storedHash(hash).keyId }),
  )
  for (const row of likely.length > 0 || sparing ? likely : [null]) {
    const verified = await deps.hasher.verifyCode(row === null ? null : storedHash(row.hash), code ?? '')
    if (!verified.ok) return err('busy')
    if (row !== null && code !== null && verified.value.right) {
      const { id, kind, number } = row
      return ok({ id, kind, number, left: unused.length - (kind === 'saved' ? 1 : 0) })
    }
  }
  return ok(null)
}

function storedHash(text: string): { keyId: string; hash: string } {
  const at = text.indexOf(':')
  return { keyId: text.slice(0, at), hash: text.slice(at + 1) }
}

/** Whether the set this code is of is still the one that counts: a new one may have asked for the same number. */
export async function isCodeOpen(db: DbOrTx, userId: string, id: string): Promise<boolean> {
  return (await listUnused(db, userId)).some((code) => code.id === id)
}

export async function useCode(deps: TransactionDeps<'clock'>, userId: string, id: string): Promise<boolean> {
  const now = deps.clock.now()
  if (!(await consumeCode(deps.db, { id, userId }, now))) return false
  await followFactors(deps.db, userId, now)
  return true
}

/** One code for somebody else, made before the transaction, since hashing is slow (R3, S10). */
export async function makeIssued(
  deps: Deps,
  userId: string,
): Promise<
  Result<{ code: string; row: { id: string; userId: string; tag: number; hash: string; createdAt: Date } }, 'busy'>
> {
  const now = deps.clock.now()
  const shown = newRecoveryCode(deps.random)
  const code = shown.replaceAll('-', '')
  const hash = await deps.hasher.hashCode(code)
  if (!hash.ok) return err('busy')
  const { keyId } = hash.value
  const tag = codeTag(deps.keys, userId, code, keyId)
  const id = newId(now, deps.random)
  return ok({ code: shown, row: { id, userId, tag, hash: `${keyId}:${hash.value.hash}`, createdAt: now } })
}

/** Earlier issued ones die (R3). */
export async function keepIssued(
  deps: TransactionDeps<'clock' | 'keys'>,
  row: { id: string; userId: string; tag: number; hash: string; createdAt: Date },
  by: { issuedById: string | null; reason: string },
): Promise<void> {
  await holdCurrentKey(deps)
  await settleFactors(deps.db, row.userId)
  await endIssued(deps, row.userId)
  await insertIssued(deps.db, { ...row, ...by, expiresAt: later(row.createdAt, ISSUED_TTL) })
}

export function endIssued(deps: TransactionDeps<'clock'>, userId: string): Promise<number> {
  return updateIssuedRevoked(deps.db, userId, deps.clock.now())
}

/** Issued codes of everybody die (R3). */
export function endAllIssued(deps: TransactionDeps<'clock'>): Promise<number> {
  return updateAllIssuedRevoked(deps.db, deps.clock.now())
}

/**
 * An issued code dies with the rights of whoever issued it (R3): what this person issued, in this tenant or anywhere;
 * or what anybody of the tenant did. One write.
 */
export function endIssuedBy(
  deps: TransactionDeps<'clock'>,
  scope: { issuedById: string; tenantId?: string } | { tenantId: string },
): Promise<number> {
  const { issuedById = null, tenantId = null } = scope as { issuedById?: string; tenantId?: string }
  return updateIssuedByRevoked(deps.db, { issuedById, tenantId }, deps.clock.now())
}

export async function codesLeft(db: DbOrTx, userId: string): Promise<number> {
  return (await areFactorsVoided(db, userId)) ? 0 : countUnused(db, userId)
}

/** Who of these people has an unused code, saved or issued. */
export async function codeHolders(db: DbOrTx, userIds: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  const holders = userIds.length === 0 ? [] : await listHolders(db, userIds, now)
  const voided = await voidedAmong(db, holders)
  return new Set(holders.filter((id) => !voided.has(id)))
}

/**
 * Codes whose key is lost prove nothing to anybody (S28); what is left of the set is made anew (E4). Gives how many.
 */
export async function endCodesUnder(deps: TransactionDeps<'clock'>, userId: string, keyId: string): Promise<number> {
  const ended = await updateCodesRevokedUnder(deps.db, userId, keyId, deps.clock.now())
  if (ended > 0) await noteCodesOpen(deps.db, userId, null)
  return ended
}

/** Without a factor there is nothing to replace (E7). */
export async function endCodes(deps: TransactionDeps<'clock'>, userId: string): Promise<void> {
  await updateCodesRevoked(deps.db, userId, deps.clock.now())
  await followFactors(deps.db, userId, deps.clock.now())
}

/** Those that were made since then (R3); what is left of the set is made anew (E4). Gives how many. */
export async function endCodesSince(deps: TransactionDeps<'clock'>, userId: string, since: Date): Promise<number> {
  const ended = await updateCodesRevokedSince(deps.db, userId, since, deps.clock.now())
  if (ended > 0) await noteCodesOpen(deps.db, userId, null)
  return ended
}

/** Until when a code that an admin made can be used (R3); null when there is none. */
export async function issuedUntil(deps: Pick<Deps, 'db' | 'clock'>, userId: string): Promise<Date | null> {
  const open = await findOpenIssued(deps.db, userId, deps.clock.now())
  return open === null || (await areFactorsVoided(deps.db, userId)) ? null : open.expiresAt
}

/** Saved ones that were made since then and can be used; null when there are none. */
export async function codesSince(db: DbOrTx, userId: string, since: Date): Promise<{ count: number; at: Date } | null> {
  const rows = await listUnusedSince(db, userId, since)
  return rows[0] === undefined || (await areFactorsVoided(db, userId))
    ? null
    : { count: rows.length, at: rows[0].createdAt }
}

/** When those were made that an admin made and that can still be used (R3). */
export async function issuedOpen(deps: Pick<Deps, 'db' | 'clock'>, userId: string): Promise<Date[]> {
  const rows = await listIssued(deps.db, userId, deps.clock.now())
  return rows.length > 0 && (await areFactorsVoided(deps.db, userId)) ? [] : rows.map(({ createdAt }) => createdAt)
}
