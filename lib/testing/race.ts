import { transact } from '../core/db'
import type { TransactionDeps } from '../core/deps'
import type { TestWorld } from './world'

/** Long enough for whatever is read before the lock to be read. */
const WHILE_OPEN = 300

/**
 * What `act` gives when a transaction with `change` is open as it begins, and commits while it waits for it. On SQLite
 * it waits for its turn, on PostgreSQL for a row that the change holds.
 */
export async function begunBefore<T>(
  world: TestWorld,
  change: (inside: TransactionDeps) => Promise<unknown>,
  act: () => Promise<T>,
): Promise<T> {
  let changed: Promise<void> | undefined
  await new Promise<void>((resolve, reject) => {
    changed = transact(world, async (inside) => {
      await change(inside)
      resolve()
      await new Promise((over) => setTimeout(over, WHILE_OPEN))
    })
    changed.catch(reject)
  })
  const [, done] = await Promise.all([changed, act()])
  return done
}

/** A world in which this happens once, while a password or code is hashed. */
export function whileHashing(world: TestWorld, act: () => Promise<unknown>): TestWorld {
  let done = false
  const overtake = async () => {
    if (done) return
    done = true
    await act()
  }
  const { hash, hashCode } = world.hasher
  const hasher: TestWorld['hasher'] = {
    ...world.hasher,
    hash: async (...args) => {
      await overtake()
      return hash(...args)
    },
    hashCode: async (...args) => {
      await overtake()
      return hashCode(...args)
    },
  }
  return { ...world, hasher }
}
