import type { KeyRing } from '../core/crypto/keys'
import { isReadableHash } from '../core/crypto/password-hash'
import { canUnseal, unseal } from '../core/crypto/seal'
import type { Db } from '../core/db'
import { failureSentence } from '../core/failure'
import { inWords, isUnreadableRow, type UnreadablePlace } from '../core/kernel/unreadable'
import { phoneBinding } from '../credentials/factor/sms/rules'
import { keyBinding } from '../credentials/factor/totp/rules'
import { FACTOR_KINDS } from '../identity/policy/types'
import type { Check } from './doctor'
import { isJson, MODELS, readHashes, readJson, readModel, readPolicies, readSeals } from './rows-store'

/** Named one by one; of more, how many. */
const MAX_NAMED = 50

const NEXT_STEPS: Readonly<Record<string, string>> = {
  'factor broken_seal': 'reset that person’s 2FA (People, or break-glass)',
  'password no_hash': 'that person sets a new password by “Forgot your password?”',
  'recovery_code no_hash': 'that person makes new recovery codes, or an admin issues one',
  session: 'nothing: it is worth nothing any more, and its browser signs in anew',
  'people_import_row broken_seal': 'bring the file in again',
  'outbox_message broken_seal': 'nothing: the message is dropped when it is due',
  'job broken_seal': 'nothing: the request is dropped after ten minutes',
}

const ELSEWISE = 'restore the row from a backup, or correct the value in the database'

function checkOf(place: UnreadablePlace): Check {
  const step = NEXT_STEPS[`${place.table} ${place.problem}`] ?? NEXT_STEPS[place.table] ?? ELSEWISE
  return { name: 'rows', status: 'fail', message: `${inWords(place)}: ${step}.` }
}

/** Every row that stops somebody, or that is passed over (N41). The log has its own command: audit verify. */
export async function checkRows(db: Db, keys: KeyRing | null): Promise<Check[]> {
  const found: UnreadablePlace[] = []
  let more = 0
  const note = (places: readonly UnreadablePlace[]) => {
    for (const place of places) {
      if (found.length < MAX_NAMED) found.push(place)
      else more += 1
    }
  }
  try {
    for (const model of MODELS) for await (const place of readModel(db, model)) note([place])
    // What is sealed is looked at where the rows it is in can be read.
    for (const look of [policiesAmong, hashesAmong, jsonAmong]) note(await look(db, keys))
    if (keys !== null) note(await sealsAmong(db, keys))
  } catch (error) {
    // A table that says nothing at all has been named by then.
    if (!isUnreadableRow(error)) return [{ name: 'rows', status: 'fail', message: failureSentence(error) }]
    note(error.places)
  }
  if (found.length === 0) return [{ name: 'rows', status: 'ok', message: 'Every row can be read.' }]
  const checks = found.map(checkOf)
  if (more > 0) checks.push({ name: 'rows', status: 'fail', message: `${more} more rows cannot be read.` })
  return checks
}

async function policiesAmong(db: Db): Promise<UnreadablePlace[]> {
  const { tenants, missing, rules } = await readPolicies(db)
  const known: readonly string[] = FACTOR_KINDS
  return [
    ...tenants.map((id) => ({ table: 'policy', id, column: null, problem: 'missing' as const })),
    ...missing.map((id) => ({ table: 'policy_rule', id, column: null, problem: 'missing' as const })),
    ...rules
      .filter(({ kinds }) => kinds !== '' && kinds.split(',').some((kind) => !known.includes(kind)))
      .map(({ id }) => ({ table: 'policy_rule', id, column: 'kinds', problem: 'unknown_value' as const })),
  ]
}

async function hashesAmong(db: Db, keys: KeyRing | null): Promise<UnreadablePlace[]> {
  const found: UnreadablePlace[] = []
  for await (const { table, id, hash, keyId } of readHashes(db)) {
    // Under a key that is missing, “keys in use” tells of it.
    const isLost = keys !== null && /^[\w-]{1,32}$/.test(keyId) && hash.startsWith('$argon2id$') && !keys.has(keyId)
    if (!isLost && !isReadableHash({ hash, keyId })) found.push({ table, id, column: 'hash', problem: 'no_hash' })
  }
  return found
}

async function jsonAmong(db: Db): Promise<UnreadablePlace[]> {
  const found: UnreadablePlace[] = []
  for await (const { table, id, column, text } of readJson(db)) {
    if (!isJson(text)) found.push({ table, id, column, problem: 'no_json' })
  }
  return found
}

const BINDINGS = {
  sealedKey: keyBinding,
  sealedPhone: phoneBinding,
} as const

async function sealsAmong(db: Db, keys: KeyRing): Promise<UnreadablePlace[]> {
  const found: UnreadablePlace[] = []
  for await (const { id, kind, userId, tenantId, ...sealed } of readSeals(db)) {
    for (const column of ['sealedKey', 'sealedPhone'] as const) {
      const text = sealed[column]
      const needed = column === (kind === 'totp' ? 'sealedKey' : kind === 'sms' ? 'sealedPhone' : null)
      if (text === null ? !needed : !canUnseal(keys, text)) continue
      if (text !== null && unseal(keys, text, BINDINGS[column](tenantId, userId, id)) !== null) continue
      found.push({ table: 'factor', id, column, problem: 'broken_seal' })
    }
  }
  return found
}
