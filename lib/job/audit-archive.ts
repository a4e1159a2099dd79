import { createHash } from 'node:crypto'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Archive } from '../audit/retention/types'
import { nextTurn } from '../core/db'

const compress = promisify(gzip)
/** Lines that are written at a time. */
const TURN = 50

/** Entries of the audit log that are deleted, in `<dataDir>/audit`, readable by this account only. */
export function createAuditArchive(dataDir: string): Archive {
  const folder = join(dataDir, 'audit')
  return {
    async keep(name, lines) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await chmod(folder, 0o700)
      const texts: string[] = []
      for (const line of lines) {
        texts.push(line)
        if (texts.length % TURN === 0) await nextTurn()
      }
      const bytes = await compress(texts.join(''))
      const part = join(folder, `.${name}.part`)
      await rm(part, { force: true })
      const file = await open(part, 'wx', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(part, join(folder, name))
      const entry = await open(folder, 'r')
      try {
        await entry.sync()
      } finally {
        await entry.close()
      }
      return createHash('sha256').update(bytes).digest('hex')
    },
  }
}
