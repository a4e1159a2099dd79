import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyRing, parseKeyRing } from './crypto/keys'
import { createPasswordHasher } from './crypto/password-hash'
import { createDb } from './db'
import type { Deps } from './deps'
import type { Config } from './env'
import { systemClock } from './kernel/clock'
import { systemRandom } from './kernel/random'
import { err, ok, type Result } from './kernel/result'

/** Makes the world of one process from its settings. The database must have been migrated. */
export function boot(config: Config): Result<Deps, 'wrong_setting', string> {
  const text = config.secretKeys ?? keysFromFile(config.dataDir)
  const keys = parseKeyRing(text)
  if (!keys.ok) {
    return err('wrong_setting', 'SECRET_KEYS must be id:key[,id:key…], each key 32 random bytes in base64url.')
  }
  return ok({
    db: createDb({ url: config.databaseUrl }),
    clock: systemClock,
    random: systemRandom,
    keys: keys.value,
    hasher: createPasswordHasher({ keys: keys.value, random: systemRandom }),
    publicUrl: config.publicUrl,
  })
}

/** The key file of a single machine: made once, readable by its owner alone. Two starts at once agree on the first. */
function keysFromFile(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'secret.keys')
  if (!existsSync(file)) {
    try {
      writeFileSync(file, generateKeyRing(systemRandom), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if (!existsSync(file)) throw error
    }
  }
  return readFileSync(file, 'utf8').trim()
}
