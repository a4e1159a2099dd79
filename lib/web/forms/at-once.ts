/**
 * Work that holds a place of the server while it waits for whoever sends: one of a key, and `most` in all. What is more
 * is told so at once, and waits nowhere (N36).
 */
export function createLimit(most: number): <T>(key: string, work: () => Promise<T>) => Promise<T | 'busy'> {
  const underWay = new Set<string>()
  return async (key, work) => {
    if (underWay.has(key) || underWay.size >= most) return 'busy'
    underWay.add(key)
    try {
      return await work()
    } finally {
      underWay.delete(key)
    }
  }
}
