import { seal, unseal } from '../../../core/crypto/seal'
import { type DbOrTx, nextTurn } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { days, earlier } from '../../../core/kernel/time'
import type { OpenFile } from '../read'
import { PART_BYTES, partBinding } from '../rules'
import { deleteOldParts, deleteParts, deletePartsUnder, findKeptPart, hasParts, insertKeptPart } from './store'

/** How long a file is kept, sealed, that nobody says go to: to be read in another way. */
const FILE_RETENTION = days(1)

/** Keeps a file piece by piece; `goesOn` hears of each. */
export async function keepFile(
  deps: Deps,
  importId: string,
  open: OpenFile,
  goesOn: () => Promise<unknown>,
): Promise<void> {
  let number = 0
  let waiting: Buffer = Buffer.alloc(0)
  const keep = async (bytes: Buffer) => {
    const sealed = seal(deps.keys, deps.random, bytes.toString('latin1'), partBinding(importId, number))
    await insertKeptPart(deps.db, { importId, number, sealed })
    number += 1
    await goesOn()
    await nextTurn()
  }
  for await (const chunk of open()) {
    waiting = Buffer.concat([waiting, chunk])
    for (; waiting.length >= PART_BYTES; waiting = waiting.subarray(PART_BYTES)) {
      await keep(waiting.subarray(0, PART_BYTES))
    }
  }
  if (waiting.length > 0) await keep(waiting)
}

export async function* keptFile(deps: Deps, importId: string): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number += 1) {
    const sealed = await findKeptPart(deps.db, importId, number)
    if (sealed === null) return
    const text = unseal(deps.keys, sealed, partBinding(importId, number))
    if (text === null) throw new Error('a file of people whose seal is broken')
    yield new Uint8Array(Buffer.from(text, 'latin1'))
  }
}

/** Whether it can still be read in another way. */
export function isFileKept(db: DbOrTx, importId: string): Promise<boolean> {
  return hasParts(db, importId)
}

/** Somebody has said go: its rows are what counts from now on. */
export function dropFile(deps: TransactionDeps, importId: string): Promise<void> {
  return deleteParts(deps.db, importId)
}

/** It can be sent again; the key that sealed it is lost (S28). */
export function dropFilesUnder(deps: TransactionDeps<'keys'>, keyId: string): Promise<void> {
  return deletePartsUnder(deps.db, keyId)
}

/** For the cleaning. */
export function dropOldFiles(deps: Pick<Deps, 'db' | 'clock'>, limit: number): Promise<number> {
  return deleteOldParts(deps.db, earlier(deps.clock.now(), FILE_RETENTION), limit)
}
