import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type KeyRing, parseKeyRing } from '../core/crypto/keys'
import { closeDb, createDb, type DatabaseKind, type Db, databaseKind, sqliteFile } from '../core/db'
import type { Config } from '../core/env'
import { failureSentence } from '../core/failure'
import type { Clock } from '../core/kernel/clock'
import { minutes, seconds } from '../core/kernel/time'
import { migrationsFolder } from '../core/migrate'
import { compareRing } from '../core/ring/service'
import { type CommandOutcome, defineCommand } from './command'
import { checkMail, sendTest } from './doctor-messages'
import { checkRows } from './doctor-rows'
import { isThere, isWritable, opennessOf } from './files'
import {
  findNewestEventTime,
  findServerTime,
  getAnswer,
  type KeyUse,
  listAppliedMigrations,
  listFactorKeys,
  listHeadKeys,
  listPasswordKeys,
  listRecoveryCodeKeys,
} from './store'
import { keyFile, missingFile, missingKeyFile } from './world'

export type Status = 'ok' | 'attention' | 'fail'

/** What was looked at and found; unless it is ok, the message says what to do. */
export interface Check {
  name: string
  status: Status
  message: string
}

const MIGRATE = 'run npm run twofold -- migrate, or start the server'
/** Two clocks may differ by this much before anybody should look at it, and before passcodes fail. */
const CLOCK_ATTENTION = seconds(5)
const CLOCK_FAIL = seconds(30)
const FUTURE = minutes(2)

async function checkFolder(config: Config): Promise<Check> {
  const name = 'data folder'
  const { dataDir } = config
  if (!(await isThere(dataDir))) {
    return { name, status: 'attention', message: `${dataDir} does not exist yet: the first start creates it.` }
  }
  if (!(await isWritable(dataDir))) {
    return { name, status: 'fail', message: `This account cannot write to ${dataDir}: give it access to the folder.` }
  }
  const open = await opennessOf(dataDir)
  if (open === null) return { name, status: 'ok', message: `Only this account can enter ${dataDir}.` }
  return { name, status: 'attention', message: `Other accounts can enter ${dataDir} (${open}): chmod 700 it.` }
}

async function checkKeys(config: Config): Promise<{ check: Check; keys: KeyRing | null }> {
  const name = 'keys'
  const file = keyFile(config)
  if (missingKeyFile(config) !== null) {
    const message = `There is no key file at ${file}: the first start creates it; after that, put the old one back.`
    return { check: { name, status: 'attention', message }, keys: null }
  }
  const text = config.secretKeys ?? (await readFile(file, 'utf8')).trim()
  const source = config.secretKeys === null ? file : 'SECRET_KEYS'
  const ring = parseKeyRing(text)
  if (!ring.ok) {
    const message = `${source} is not a key ring: it must contain id:key[,id:key…], each key 32 random bytes in base64url.`
    return { check: { name, status: 'fail', message }, keys: null }
  }
  const open = config.secretKeys === null ? await opennessOf(file) : null
  if (open !== null) {
    const message = `Other accounts can use ${file} (${open}): chmod 600 it, and create a new key if it may have been read.`
    return { check: { name, status: 'fail', message }, keys: ring.value }
  }
  return { check: { name, status: 'ok', message: `${source} is valid.` }, keys: ring.value }
}

async function readMigrations(kind: DatabaseKind): Promise<Map<string, string>> {
  const folder = join(migrationsFolder, kind)
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const sums = names.sort().map(async (name): Promise<[string, string]> => {
    const sql = await readFile(join(folder, name, 'migration.sql'))
    return [name, createHash('sha256').update(sql).digest('hex')]
  })
  return new Map(await Promise.all(sums))
}

async function checkDatabase(db: Db): Promise<Check> {
  const name = 'database'
  const kind = databaseKind(db)
  const product = kind === 'sqlite' ? 'The SQLite file' : 'PostgreSQL'
  await getAnswer(db)
  const known = await readMigrations(kind)
  const applied = await listAppliedMigrations(db)
  const newer = applied.find((migration) => !known.has(migration.name))
  if (newer) {
    const message = `The database was migrated by a newer version (${newer.name}): start that version.`
    return { name, status: 'fail', message }
  }
  const broken = applied.find(({ name, checksum, finished }) => !finished || known.get(name) !== checksum)
  if (broken) {
    const message = `Migration ${broken.name} is unfinished, or its file was edited since: restore a backup or the file.`
    return { name, status: 'fail', message }
  }
  const pending = known.size - applied.length
  if (pending === 0) return { name, status: 'ok', message: `${product} answers and is up to date.` }
  return { name, status: 'attention', message: `${product} answers; ${pending} migrations are pending: ${MIGRATE}.` }
}

async function checkKeyUse(config: Config, db: Db, keys: KeyRing | null): Promise<Check> {
  const name = 'keys in use'
  const uses: [string, KeyUse[]][] = [
    ['passwords', await listPasswordKeys(db)],
    ['authenticator apps', await listFactorKeys(db)],
    ['recovery codes', await listRecoveryCodeKeys(db)],
    ['audit heads', await listHeadKeys(db)],
  ]
  const unreadable = keys === null ? [] : await compareRing({ db, keys })
  const others = unreadable.filter(({ is }) => is === 'other').map(({ keyId }) => keyId)
  const lost = uses.flatMap(([what, found]) =>
    found
      .filter(({ keyId }) => keys?.has(keyId) !== true || others.includes(keyId))
      .map(({ keyId, rows }) => `${what} under key ${keyId}: ${rows}`),
  )
  if (lost.length === 0) return { name, status: 'ok', message: 'Every key that is in use is present.' }
  const home = config.secretKeys === null ? keyFile(config) : 'SECRET_KEYS'
  const other = others.length > 0 ? `; the ring has other bytes for ${others.join(', ')}` : ''
  return { name, status: 'fail', message: `Keys are missing (${lost.join('; ')}): put them back into ${home}${other}.` }
}

async function checkClock(clock: Clock, db: Db | null): Promise<Check> {
  const name = 'clock'
  const now = clock.now()
  const newest = db === null ? null : await findNewestEventTime(db)
  if (newest !== null && newest.getTime() > now.getTime() + FUTURE) {
    const message = `The log has an entry from ${newest.toISOString()}, but it is ${now.toISOString()}: set the clock with NTP.`
    return { name, status: 'fail', message }
  }
  const server = db === null ? null : await findServerTime(db)
  const apart = server === null ? 0 : Math.abs(server.getTime() - clock.now().getTime())
  if (apart > CLOCK_ATTENTION) {
    const message = `This machine and the database are ${Math.round(apart / 1000)} s apart: set both clocks with NTP.`
    return { name, status: apart > CLOCK_FAIL ? 'fail' : 'attention', message }
  }
  const message = `It is ${now.toISOString()}. Passcodes need a clock that NTP keeps accurate to 30 seconds.`
  return { name, status: 'ok', message }
}

async function attempt(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check()
  } catch (error) {
    return { name, status: 'fail', message: failureSentence(error) }
  }
}

async function checkFileMode(db: Db, config: Config): Promise<Check[]> {
  if (databaseKind(db) !== 'sqlite') return []
  const file = sqliteFile(config.databaseUrl)
  const open = await opennessOf(file)
  if (open === null) return []
  const message = `Other accounts can use ${file} (${open}): chmod 600 it.`
  return [{ name: 'database file', status: 'attention', message }]
}

/** What needs the database; of one that is not up to date nothing but that is told. */
async function examineDatabase(config: Config, clock: Clock, keys: KeyRing | null): Promise<Check[]> {
  const file = missingFile(config)
  if (file !== null) {
    const message = `There is no database at ${file} yet: ${MIGRATE}.`
    return [{ name: 'database', status: 'attention', message }, await attempt('clock', () => checkClock(clock, null))]
  }
  const db = createDb({ url: config.databaseUrl })
  try {
    const database = await attempt('database', () => checkDatabase(db))
    if (database.status !== 'ok') return [database, await attempt('clock', () => checkClock(clock, null))]
    return [
      database,
      ...(await checkFileMode(db, config)),
      await attempt('keys in use', () => checkKeyUse(config, db, keys)),
      ...(await checkRows(db, keys)),
      await attempt('clock', () => checkClock(clock, db)),
    ]
  } finally {
    await closeDb(db)
  }
}

/** Looks at everything that a start rests on and changes nothing. */
export async function examine(config: Config, clock: Clock): Promise<Check[]> {
  const { check, keys } = await checkKeys(config).catch((error: unknown) => ({
    check: { name: 'keys', status: 'fail' as const, message: failureSentence(error) },
    keys: null,
  }))
  return [
    { name: 'settings', status: 'ok', message: 'All settings are valid.' },
    await attempt('data folder', () => checkFolder(config)),
    check,
    ...(await examineDatabase(config, clock, keys)),
    await attempt('mail', () => checkMail(config)),
  ]
}

export const doctor = defineCommand({
  usage: 'doctor [--mail-to ADDRESS] [--sms-to NUMBER]',
  about: 'Checks settings, keys, database, clock, and email, and says what to do; sends a test message if told to.',
  options: { 'mail-to': { type: 'string' }, 'sms-to': { type: 'string' } },
  schema: z.object({
    'mail-to': z.email('--mail-to must be an email address').optional(),
    'sms-to': z
      .string()
      .regex(/^\+\d{6,15}$/, '--sms-to must be a number such as +491701234567')
      .optional(),
  }),
  run: async (input, io): Promise<CommandOutcome> => {
    const config = io.config()
    const checks: Check[] = config.ok
      ? await examine(config.value, io.clock)
      : [{ name: 'settings', status: 'fail', message: config.detail }]
    if (config.ok) {
      if (input['mail-to'] !== undefined) checks.push(await sendTest(config.value, io.clock, 'mail', input['mail-to']))
      if (input['sms-to'] !== undefined) checks.push(await sendTest(config.value, io.clock, 'sms', input['sms-to']))
    }
    const lines = checks.map(({ name, status, message }) => `${status.padEnd(10)} ${name.padEnd(14)} ${message}`)
    return { kind: 'report', ok: checks.every((check) => check.status !== 'fail'), lines, data: { checks } }
  },
})
