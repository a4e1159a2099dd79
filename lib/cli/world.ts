import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { lostKeysText } from '../administration/keys/rules'
import { findLostKeys } from '../administration/keys/service'
import { boot } from '../core/boot'
import { closeDb, databaseKindOf, sqliteFile } from '../core/db'
import type { Deps } from '../core/deps'
import type { Config } from '../core/env'
import { mint } from '../core/kernel/proof'
import type { Operator } from '../identity/actor/types'
import { type CommandOutcome, type Io, refused } from './command'

export function operator(): Operator {
  return mint<Operator>({ request: { address: null, userAgent: null, requestId: null } })
}

/** The file of an embedded database that is not there; null when it is, or with a database server. */
export function missingFile(config: Config): string | null {
  if (databaseKindOf(config.databaseUrl) !== 'sqlite') return null
  const file = sqliteFile(config.databaseUrl)
  return existsSync(file) ? null : file
}

export function keyFile(config: Config): string {
  return join(config.dataDir, 'secret.keys')
}

/** The key file that ought to be there and is not; null when it is, or with SECRET_KEYS. */
export function missingKeyFile(config: Config): string | null {
  return config.secretKeys !== null || existsSync(keyFile(config)) ? null : keyFile(config)
}

/** Runs `work` in the world of these settings and closes it after. */
export async function withDeps(config: Config, work: (deps: Deps) => Promise<CommandOutcome>): Promise<CommandOutcome> {
  const gone = missingKeyFile(config)
  const booted = boot(config)
  if (!booted.ok) return refused(booted.code, booted.detail)
  try {
    const lost = await findLostKeys(booted.value)
    if (lost.length > 0) {
      // The keys that were just made would open nothing.
      if (gone !== null) rmSync(gone)
      const home = config.secretKeys === null ? `The key file ${keyFile(config)}` : 'SECRET_KEYS'
      return refused('unknown_key', lostKeysText(lost, home))
    }
    return await work(booted.value)
  } finally {
    await closeDb(booted.value.db)
  }
}

/** Runs `work` with the settings, or says which of them is wrong. */
export async function withConfig(io: Io, work: (config: Config) => Promise<CommandOutcome>): Promise<CommandOutcome> {
  const config = io.config()
  return config.ok ? work(config.value) : refused(config.code, config.detail)
}
