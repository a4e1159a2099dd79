import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBreaches } from './breaches'
import { toBase32 } from './crypto/encoding'
import { generateKeyRing, parseKeyRing } from './crypto/keys'
import { createPasswordHasher } from './crypto/password-hash'
import { createDb } from './db'
import type { Deps } from './deps'
import type { Config } from './env'
import { systemClock } from './kernel/clock'
import { systemRandom } from './kernel/random'
import { err, ok, type Result } from './kernel/result'

/** Where the keys of a single machine are kept; null when SECRET_KEYS gives them. */
export function keyFileOf(config: Config): string | null {
  return config.secretKeys === null ? join(config.dataDir, 'secret.keys') : null
}

/** Makes the world of one process from its settings. The database must have been migrated. */
export function boot(config: Config): Result<Deps, 'wrong_setting', string> {
  const file = join(config.dataDir, 'secret.keys')
  const keys = parseKeyRing(config.secretKeys ?? keysFromFile(config.dataDir, file))
  if (!keys.ok) {
    const form = 'id:key[,id:key…], each key 32 random bytes in base64url'
    if (config.secretKeys !== null) return err('wrong_setting', `SECRET_KEYS must be ${form}.`)
    return err(
      'wrong_setting',
      `The key file ${file} must be ${form}. It is damaged: put back the copy you keep of it.`,
    )
  }
  return ok({
    db: createDb({ url: config.databaseUrl }),
    clock: systemClock,
    random: systemRandom,
    keys: keys.value,
    hasher: createPasswordHasher({ keys: keys.value, random: systemRandom }),
    publicUrl: config.publicUrl,
    breaches: config.breaches === null ? null : createBreaches(config.breaches),
    smsAvailable: config.sms.transport !== 'none',
  })
}

/** The key file of a single machine: made once, readable by its owner alone. Two starts at once agree on the first. */
function keysFromFile(dataDir: string, file: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) {
    // Under its name it is whole from the first moment: another start may read it at any time.
    const draft = `${file}.${toBase32(systemRandom(10))}`
    try {
      writeFileSync(draft, generateKeyRing(systemRandom), { mode: 0o600, flag: 'wx' })
      linkSync(draft, file)
    } catch (error) {
      if (!existsSync(file)) throw error
    } finally {
      rmSync(draft, { force: true })
    }
  }
  return readFileSync(file, 'utf8').trim()
}
