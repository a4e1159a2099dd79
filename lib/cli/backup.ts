import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { noteBackup, type Settled, settleRestored } from '../administration/restore/service'
import { backUp, putBack, type RestoreRefusal, RestoreRefused } from '../core/backup'
import { parseKeyRing } from '../core/crypto/keys'
import { databaseKindOf } from '../core/db'
import type { Config } from '../core/env'
import { failureSentence } from '../core/failure'
import { type CommandOutcome, defineCommand, done, type Io, refused } from './command'
import { isThere } from './files'
import { keyFile, missingFile, missingKeyFile, operator, withConfig, withDeps } from './world'

const MANIFEST = 'manifest.json'
const KEYS = 'secret.keys'
const DATABASE = { sqlite: 'database.db', postgresql: 'database.jsonl.gz' } as const

const manifestSchema = z.object({
  twofold: z.literal(1),
  database: z.enum(['sqlite', 'postgresql']),
  takenAt: z.iso.datetime(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which keys were in the ring: what they opened then, they must open again. */
  keyIds: z.array(z.string()),
  withKeys: z.boolean(),
})
type Manifest = z.output<typeof manifestSchema>

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file)) hash.update(part)
  return hash.digest('hex')
}

async function ringText(config: Config): Promise<string> {
  return config.secretKeys ?? (await readFile(keyFile(config), 'utf8')).trim()
}

function idsOf(ring: string): string[] {
  return ring.split(',').map((entry) => entry.trim().split(':')[0] ?? '')
}

function keysHome(config: Config): string {
  return config.secretKeys === null ? keyFile(config) : 'SECRET_KEYS'
}

export const backup = defineCommand({
  usage: 'backup --to FOLDER [--with-keys]',
  about: 'Copies the database into a new folder, beside a running server; the key ring only with --with-keys.',
  options: { to: { type: 'string' }, 'with-keys': { type: 'boolean' } },
  hints: { to: 'the path of a folder that does not exist yet' },
  schema: z.object({ to: z.string().min(1), 'with-keys': z.boolean().default(false) }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const file = missingFile(config)
      if (file !== null) return refused('no_database', `There is no database at ${file}: set DATABASE_URL or DATA_DIR.`)
      const keys = missingKeyFile(config)
      if (keys !== null) return refused('no_keys', `There is no key file at ${keys}: put back the copy you keep of it.`)
      const folder = resolve(input.to)
      if (await isThere(folder)) return refused('folder_exists', `${folder} exists already: name a new folder.`)
      const ring = await ringText(config)
      if (!parseKeyRing(ring).ok) return refused('no_keys', `${keysHome(config)} is no key ring: run doctor.`)
      const unnoted = await note(config, input['with-keys'])
      const draft = `${folder}.partial`
      await rm(draft, { recursive: true, force: true })
      await mkdir(draft, { recursive: true, mode: 0o700 })
      try {
        const takenAt = io.clock.now()
        const database = databaseKindOf(config.databaseUrl)
        const copy = join(draft, DATABASE[database])
        await backUp(config.databaseUrl, copy)
        const manifest: Manifest = {
          twofold: 1,
          database,
          takenAt: takenAt.toISOString(),
          sha256: await digestOf(copy),
          keyIds: idsOf(ring),
          withKeys: input['with-keys'],
        }
        if (input['with-keys']) await writeFile(join(draft, KEYS), ring, { mode: 0o600 })
        await writeFile(join(draft, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
        await rename(draft, folder)
        return done(
          [
            `The database is in ${folder}, whole and checked.`,
            input['with-keys']
              ? 'The key ring is in it as well: whoever gets this folder can read every TOTP key. Keep it locked away.'
              : `The key ring is not in it: keep a copy of ${keysHome(config)} in another place. A backup is worthless without it.`,
            'Not in it: settings from the environment, and messages in the outbox folder of the directory transport.',
            ...(unnoted === null ? [] : [`The audit log has no entry of this backup: ${unnoted}`]),
          ],
          { folder, ...manifest, noted: unnoted === null },
        )
      } finally {
        await rm(draft, { recursive: true, force: true })
      }
    }),
})

/** Why not, or null: a database that cannot be written must be saved all the more. */
function note(config: Config, keys: boolean): Promise<string | null> {
  return withDeps(config, async (deps) => {
    await noteBackup(deps, operator(), keys)
    return done([], {})
  }).then((outcome) => (outcome.kind === 'refused' ? outcome.message : null), failureSentence)
}

const REFUSALS: Readonly<Record<RestoreRefusal, string>> = {
  in_use:
    'The database is in use, or was left with a -wal file: stop every server and command; if none is running, start ' +
    'the server once and stop it, or move the database away together with its -wal and -shm files.',
  not_empty: 'The database in DATABASE_URL is not empty: create an empty one and name that. This one was not touched.',
  damaged: 'The backup is damaged or incomplete: take another one.',
  other_version: 'The backup was made by a version that this one does not know: restore it with that version.',
}

const TO_CHECK = [
  'Check now, before people come back:',
  '  - npm run twofold -- doctor, and audit verify --expect-head with the last head you noted elsewhere;',
  '  - passwords, roles, suspensions and factors are those of that day: suspend again whoever was suspended since,',
  '    and remove factors that were lost since;',
  '  - saved recovery codes used since are unused again: ask people to make new ones;',
  '  - invitations accepted or withdrawn since are open again until they expire;',
  '  - people who joined since are missing.',
]

async function readManifest(folder: string): Promise<Manifest | null> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

export const restore = defineCommand({
  usage: 'restore --from FOLDER',
  about: 'Puts back a folder that backup made. Stop the server first; everyone is signed out.',
  options: { from: { type: 'string' } },
  hints: { from: 'the path of a folder that backup made' },
  schema: z.object({ from: z.string().min(1) }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const folder = resolve(input.from)
      const manifest = await readManifest(folder)
      if (manifest === null) return refused('no_backup', `${folder} is not a folder that backup made.`)
      const kind = databaseKindOf(config.databaseUrl)
      if (manifest.database !== kind) {
        const sentence = `This is a backup of ${manifest.database}, and DATABASE_URL names ${kind}: name one of its kind.`
        return refused('other_database', sentence)
      }
      const copy = join(folder, DATABASE[kind])
      if (!(await isThere(copy)) || (await digestOf(copy)) !== manifest.sha256)
        return refused('damaged', REFUSALS.damaged)
      const keys = await keysFor(config, folder, manifest)
      if (keys !== null) return keys
      try {
        return await putBackAndSettle(config, io, copy, manifest)
      } catch (error) {
        if (error instanceof RestoreRefused) return refused(error.reason, REFUSALS[error.reason])
        if (error instanceof Unsettled) return error.outcome
        return refused('failed', `${failureSentence(error)} Nothing was changed.`)
      }
    }),
})

/** The ring that the backup needs is there, or is put there from the backup; else what to do. */
async function keysFor(config: Config, folder: string, manifest: Manifest): Promise<CommandOutcome | null> {
  if (missingKeyFile(config) !== null && manifest.withKeys) {
    await mkdir(dirname(keyFile(config)), { recursive: true, mode: 0o700 })
    await copyFile(join(folder, KEYS), keyFile(config))
  }
  if (missingKeyFile(config) !== null) {
    const sentence = `The key ring is not in this backup: put your copy of it at ${keyFile(config)} first.`
    return refused('no_keys', sentence)
  }
  const there = new Set(idsOf(await ringText(config)))
  const missing = manifest.keyIds.filter((id) => !there.has(id))
  if (missing.length === 0) return null
  const sentence = `Keys are missing in ${keysHome(config)} (${missing.join(', ')}): put them back into it first.`
  return refused('missing_keys', sentence)
}

/** The rows are there, and the key ring does not open them or they do not hold still: it is all taken back. */
class Unsettled extends Error {
  override name = 'Unsettled'
  constructor(readonly outcome: CommandOutcome) {
    super('a restored database was not settled')
  }
}

async function putBackAndSettle(config: Config, io: Io, copy: string, manifest: Manifest): Promise<CommandOutcome> {
  let settled: Settled | null = null
  const settle = async (databaseUrl: string) => {
    const outcome = await withDeps({ ...config, databaseUrl }, async (deps) => {
      const result = await settleRestored(deps, operator(), new Date(manifest.takenAt))
      if (!result.ok) return refused(result.code, 'The policies kept changing: is a server running on this database?')
      settled = result.value
      return done([], {})
    })
    if (outcome.kind === 'refused') throw new Unsettled(outcome)
  }
  const stamp = io.clock.now().toISOString().replaceAll(':', '-')
  const onWait = (line: string) => io.stderr(`${line}\n`)
  const { movedTo } = await putBack(config.databaseUrl, copy, { stamp, onWait, settle })
  const ended = settled as Settled | null
  return done(
    [
      `Restored the database of ${manifest.takenAt}.`,
      ...(movedTo === null ? [] : [`The database that was there is now ${movedTo}.`]),
      `Ended: ${ended?.sessions ?? 0} sessions, every known and trusted device, links sent by email, ${ended?.codes ?? 0} ` +
        `issued codes, ${ended?.messages ?? 0} waiting messages.`,
      ...TO_CHECK,
    ],
    { takenAt: manifest.takenAt, movedTo, ...ended },
  )
}
