/** A minute: what is written of refusals, and of reports that browsers send. */
export const REFUSALS_IN_ALL = 300
export const REPORTS_PER_CLIENT = 10
export const REPORTS_IN_ALL = 100

/**
 * Lets through `most` of a key in each `every` milliseconds, and `inAll` of all keys. In the memory of one process: for
 * lines of a log, which may come again after a restart, and never for guesses (S5).
 */
export function createBudget({ most, inAll, every }: { most: number; inAll: number; every: number }) {
  const spent = new Map<string, number>()
  let total = 0
  let began = Number.NEGATIVE_INFINITY
  return function take(key: string, now = performance.now()): boolean {
    if (now - began >= every) {
      began = now
      total = 0
      spent.clear()
    }
    const before = spent.get(key) ?? 0
    if (before >= most || total >= inAll) return false
    total += 1
    spent.set(key, before + 1)
    return true
  }
}
