import { type Db, type Tx, transact } from './db'

class Rollback<R> extends Error {
  constructor(readonly result: R) {
    super('rolled back')
  }
}

/** As `transact`; a result that is not to be kept (by default one that is not ok) undoes everything and is returned. */
export async function transactResult<D extends { db: Db }, R extends { ok: boolean }>(
  outer: D,
  work: (inside: Omit<D, 'db'> & { db: Tx }) => Promise<R>,
  keeps: (result: R) => boolean = (result) => result.ok,
): Promise<R> {
  try {
    return await transact(outer, async (inside) => {
      const result = await work(inside)
      if (!keeps(result)) throw new Rollback(result)
      return result
    })
  } catch (error) {
    if (error instanceof Rollback) return error.result as R
    throw error
  }
}
