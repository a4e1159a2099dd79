import type { Breaches } from './breaches'
import type { KeyRing } from './crypto/keys'
import type { PasswordHasher } from './crypto/password-hash'
import type { Db, DbOrTx, Tx } from './db'
import type { Clock } from './kernel/clock'
import type { RandomBytes } from './kernel/random'

/** The world handed to every service; made once per process by web, cli or job, and by lib/testing. */
export interface Deps {
  db: Db
  clock: Clock
  random: RandomBytes
  keys: KeyRing
  hasher: PasswordHasher
  /** Origin of PUBLIC_URL, without a trailing slash (S23). */
  publicUrl: string
  /** Looks up new passwords elsewhere; null where the operator has set no address (ASVS 6.2.12). */
  breaches: Breaches | null
  /** Whether text messages can be sent (P7). */
  smsAvailable: boolean
}

/** What a function is handed that works inside a transaction of its caller: `transact` makes it. */
export type TransactionDeps<Key extends keyof Deps = keyof Deps> = Omit<Pick<Deps, Key>, 'db'> & { db: Tx }

/** What a function is handed that works inside a transaction and without one. */
export type AnyDeps<Key extends keyof Deps = keyof Deps> = Omit<Pick<Deps, Key>, 'db'> & { db: DbOrTx }
