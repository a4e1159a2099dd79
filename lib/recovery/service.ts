import { recordEvent } from '../audit/service'
import type { DbOrTx } from '../db'
import type { Deps } from '../deps'
import { newId } from '../kernel/ids'
import { randomBelow } from '../kernel/random'
import type { RequestInfo } from '../kernel/request'
import { err, ok, type Result } from '../kernel/result'
import { enqueueMail } from '../mail/outbox-service'
import { noteCodesOpen } from '../user/service'
import type { Person } from '../user/types'
import { CODES_PER_SET, codeTag, isLikely, newRecoveryCode, readRecoveryCode } from './rules'
import { consumeCode, countUnused, insertCodes, listUnused, updateRevoked } from './store'

export interface NewCodes {
  /** Shown once (S10). */
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

/** The old set dies with the new one's birth; the person is told (E8). */
export async function replaceCodes(
  tx: DbOrTx,
  deps: Deps,
  person: Person,
  made: NewCodes,
  reader: { locale: string; request: RequestInfo },
): Promise<void> {
  await updateRevoked(tx, person.id, deps.clock.now())
  await insertCodes(tx, made.rows)
  await noteCodesOpen(tx, person.id, made.number)
  await recordEvent(tx, deps, {
    tenantId: person.tenantId,
    kind: 'recovery_codes_made',
    actor: { kind: 'user', id: person.id, name: person.name },
    subject: { id: person.id, name: person.name },
    request: reader.request,
  })
  await enqueueMail(tx, deps, {
    template: 'recovery_codes_made',
    values: {},
    to: person.email,
    userId: person.id,
    tenantId: person.tenantId,
    locale: person.locale ?? reader.locale,
  })
}

/** The unused saved code that was typed; always one slow hash, also when nothing fits. */
export async function matchCode(
  deps: Deps,
  userId: string,
  typed: string,
): Promise<Result<{ id: string; number: number; left: number } | null, 'busy'>> {
  const code = readRecoveryCode(typed)
  const unused = await listUnused(deps.db, userId)
  const likely = unused.filter(
    ({ tag, hash }) => code !== null && isLikely(deps.keys, userId, code, { tag, keyId: storedHash(hash).keyId }),
  )
  for (const row of likely.length > 0 ? likely : [null]) {
    const verified = await deps.hasher.verifyCode(row === null ? null : storedHash(row.hash), code ?? '')
    if (!verified.ok) return err('busy')
    if (row !== null && code !== null && verified.value.right) {
      return ok({ id: row.id, number: row.number, left: unused.length - 1 })
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

export function useCode(tx: DbOrTx, deps: Pick<Deps, 'clock'>, userId: string, id: string): Promise<boolean> {
  return consumeCode(tx, { id, userId }, deps.clock.now())
}

export function codesLeft(db: DbOrTx, userId: string): Promise<number> {
  return countUnused(db, userId)
}

/** E7: without a factor there is nothing to replace. */
export function endCodes(tx: DbOrTx, deps: Pick<Deps, 'clock'>, userId: string): Promise<void> {
  return updateRevoked(tx, userId, deps.clock.now())
}
