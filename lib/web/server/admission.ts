import { seconds } from '../../core/kernel/time'

/** Whoever is not let in by then is told to come back. */
export const PATIENCE = seconds(2)
/** As `Retry-After` says it. */
export const COME_BACK_AFTER = seconds(5)
/** Requests that wait in all; beyond them, whoever has most of them waits with one less. */
export const MAX_WAITING = 2_000
/** For strangers, besides two a core; whoever is signed in or past a first step has twice as many. */
export const PLACES = 4

/** Cookies that are looked up at once: strangers can send any, and each costs a statement. */
export const LOOKUPS = 2

/** Session checks at once: each is one statement, the same that would tell whose turn it is. */
export const CHECKS = 4

/** Gives a place back; a second call does nothing. */
export type Leave = () => void

export interface Admission {
  /** A place that is free now, or null. */
  take(): Leave | null
  /** Waits for a place; null when none came in time, or when `gone` says that nobody waits for the answer any more. */
  wait(client: string, gone: AbortSignal): Promise<Leave | null>
}

/**
 * As many requests under way as there are places; the others wait outside, with nothing parsed, looked up or drawn.
 * Clients come in turns, however many requests each has waiting: one that floods waits behind itself.
 */
export function createAdmission(places: number, patience = PATIENCE): Admission {
  /**
   * In the order of their turns; a client that had its turn goes to the end. In a queue, how each is sent away, too.
   */
  const queues = new Map<string, Map<(leave: Leave | null) => void, () => void>>()
  let free = places
  let waiting = 0

  function enter(): Leave {
    free -= 1
    let left = false
    return () => {
      if (left) return
      left = true
      free += 1
      callNext()
    }
  }

  function callNext(): void {
    const [turn] = queues
    if (turn === undefined || free === 0) return
    const [client, queue] = turn
    queues.delete(client)
    const [first] = queue.keys()
    if (first === undefined) return
    queue.delete(first)
    waiting -= 1
    if (queue.size > 0) queues.set(client, queue)
    first(enter())
  }

  /** Whether one more may wait: where none may, the first of whoever has most goes, unless that is who asks. */
  function makeRoom(client: string): boolean {
    if (waiting < MAX_WAITING) return true
    const longest = [...queues.values()].reduce((a, b) => (b.size > a.size ? b : a))
    if (longest.size <= (queues.get(client)?.size ?? 0) + 1) return false
    const [sendAway] = longest.values()
    sendAway?.()
    return true
  }

  return {
    take: () => (free > 0 ? enter() : null),
    wait: (client, gone) => {
      if (free > 0) return Promise.resolve(enter())
      if (gone.aborted || !makeRoom(client)) return Promise.resolve(null)
      return new Promise((resolve) => {
        const queue = queues.get(client) ?? new Map()
        const settle = (leave: Leave | null) => {
          clearTimeout(timer)
          gone.removeEventListener('abort', giveUp)
          resolve(leave)
        }
        const giveUp = () => {
          queue.delete(settle)
          waiting -= 1
          if (queue.size === 0 && queues.get(client) === queue) queues.delete(client)
          settle(null)
        }
        const timer = setTimeout(giveUp, patience)
        gone.addEventListener('abort', giveUp)
        queue.set(settle, giveUp)
        queues.set(client, queue)
        waiting += 1
      })
    },
  }
}
