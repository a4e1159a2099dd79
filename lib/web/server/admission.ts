import { seconds } from '../../core/kernel/time'

/** Whoever is not let in by then is told to come back. */
export const PATIENCE = seconds(2)
/** As `Retry-After` says it. */
export const COME_BACK_AFTER = seconds(5)
/** Requests that wait in all; beyond them nobody waits. */
export const MOST_WAITING = 2_000
/** For strangers, besides two a core; whoever is signed in or past a first step has twice as many. */
export const PLACES = 4

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
  /** In the order of their turns; a client that had its turn goes to the end. */
  const queues = new Map<string, Set<(leave: Leave | null) => void>>()
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
    const [first] = queue
    if (first === undefined) return
    queue.delete(first)
    waiting -= 1
    if (queue.size > 0) queues.set(client, queue)
    first(enter())
  }

  return {
    take: () => (free > 0 ? enter() : null),
    wait: (client, gone) => {
      if (free > 0) return Promise.resolve(enter())
      if (gone.aborted || waiting >= MOST_WAITING) return Promise.resolve(null)
      return new Promise((resolve) => {
        const queue = queues.get(client) ?? new Set()
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
        queue.add(settle)
        queues.set(client, queue)
        waiting += 1
      })
    },
  }
}
