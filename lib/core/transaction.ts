import { type Db, type DbOrTx, transact } from './db'

class Rollback<R> extends Error {
  constructor(readonly result: R) {
    super('rolled back')
  }
}

/** As `transact`; a result that is not to be kept (by default one that is not ok) undoes everything and is returned. */
export async function transactResult<R extends { ok: boolean }>(
  db: Db,
  work: (tx: DbOrTx) => Promise<R>,
  keeps: (result: R) => boolean = (result) => result.ok,
): Promise<R> {
  try {
    return await transact(db, async (tx) => {
      const result = await work(tx)
      if (!keeps(result)) throw new Rollback(result)
      return result
    })
  } catch (error) {
    if (error instanceof Rollback) return error.result as R
    throw error
  }
}
