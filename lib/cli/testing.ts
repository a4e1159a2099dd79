import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { generateKeyRing } from '../core/crypto/keys'
import { closeDb, createDb, type DatabaseKind, type Db } from '../core/db'
import { type Config, readConfig } from '../core/env'
import { type Clock, systemClock } from '../core/kernel/clock'
import { systemRandom } from '../core/kernel/random'
import { newDatabase } from '../testing/databases'
import type { Io } from './command'
import { main } from './main'

export const PASSWORD = 'seven pelicans juggle quietly'

export type Environment = Record<string, string>

/** Settings over a folder and a database of their own, both empty; `drop` removes the database. */
export async function emptyInstallation(kind: DatabaseKind): Promise<{ env: Environment; drop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(inject('databases').directory, 'cli-'))
  if (kind === 'sqlite') return { env: { DATA_DIR: dataDir }, drop: async () => undefined }
  const { url, drop } = await newDatabase(kind, { empty: true })
  return { env: { DATA_DIR: dataDir, DATABASE_URL: url, SECRET_KEYS: generateKeyRing(systemRandom) }, drop }
}

export function configOf(env: Environment): Config {
  const config = readConfig(env)
  if (!config.ok) throw new Error(config.detail)
  return config.value
}

export async function withDb<T>(env: Environment, use: (db: Db) => Promise<T>): Promise<T> {
  const db = createDb({ url: configOf(env).databaseUrl })
  try {
    return await use(db)
  } finally {
    await closeDb(db)
  }
}

export interface Ran {
  code: number
  out: string
  err: string
}

/** Runs a command in this process, with `stdin` as its standard input. */
export async function run(
  env: Environment,
  args: readonly string[],
  {
    stdin = '',
    isTTY = false,
    clock = systemClock,
  }: { stdin?: string | Uint8Array; isTTY?: boolean; clock?: Clock } = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  async function* parts() {
    // In two pieces, as a pipe may give them.
    const bytes = Buffer.from(stdin)
    yield bytes.subarray(0, 3)
    yield bytes.subarray(3)
  }
  const io: Io = {
    config: () => readConfig(env),
    clock,
    stdin: Object.assign(parts(), { isTTY }),
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
  }
  const code = await main(args, io)
  return { code, out, err }
}

export async function runJson(
  env: Environment,
  args: readonly string[],
  options: Parameters<typeof run>[2] = {},
): Promise<{ code: number; data: Record<string, unknown> }> {
  const { code, out, err } = await run(env, [...args, '--json'], options)
  if (err !== '' || out.trimEnd().includes('\n')) throw new Error(`not one line of JSON: ${out}${err}`)
  return { code, data: JSON.parse(out) }
}

export const INIT = [
  ...['init', '--tenant', 'Acme & Söhne', '--owner-name', 'Olga Owner'],
  ...['--owner-email', 'Olga@Example.com', '--password-stdin'],
] as const
