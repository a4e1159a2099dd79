import { setTimeout as pause } from 'node:timers/promises'
import { databaseKind } from '../../core/db'
import { seconds } from '../../core/kernel/time'
import { logFailure } from '../../core/log'
import { proveWritable } from '../../credentials/throttle/service'
import { tenantCount } from '../../identity/tenant/service'
import { deps } from './deps'

/** A probe that is answered later than this is answered with no. */
const PROBE_TIME = seconds(2)
/** The probe is open to anybody: what is written for it is written no more often than this. */
const WRITE_INTERVAL = seconds(5)

interface Written {
  at: number
  done: Promise<void>
}

const key = Symbol.for('twofold.health')
const shared = globalThis as { [key]?: WeakMap<object, Written> }
shared[key] ??= new WeakMap()
const writes = shared[key]

/** Once in a while; one that is still under way, or failed, is not believed for longer than it lasts. */
function written(): Promise<void> {
  const { db } = deps()
  const before = writes.get(db)
  if (before !== undefined && performance.now() - before.at < WRITE_INTERVAL) return before.done
  const done = proveWritable(deps())
  writes.set(db, { at: performance.now(), done })
  done.catch(() => writes.delete(db))
  return done
}

/** Whether the database answers and takes what is written, told within two seconds. */
export async function isReady(): Promise<boolean> {
  const over = new AbortController()
  const late = async () => {
    await pause(PROBE_TIME, undefined, { signal: over.signal })
    const code = databaseKind(deps().db) === 'sqlite' ? 'P1008' : 'P1002'
    throw Object.assign(new Error('no answer to a probe'), { code })
  }
  try {
    await Promise.race([Promise.all([tenantCount(deps()), written()]), late()])
    return true
  } catch (error) {
    logFailure(error, 'the database does not answer')
    return false
  } finally {
    over.abort()
  }
}
