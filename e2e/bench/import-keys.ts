import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importFile } from '../../lib/administration/import/command/service'
import { toBase32 } from '../../lib/core/crypto/encoding'
import { tenantBySlug } from '../../lib/identity/tenant/service'
import { anOperator } from '../../lib/testing/world'
import { number, say } from './figures'
import { aWorld, eachDatabase } from './people'

const ROWS = Number(process.argv.find((word) => word.startsWith('--rows='))?.split('=')[1] ?? 100_000)
/** Rows that are handed over at once. */
const PART = 1_000
/** Of another system; nobody signs in with it here, and one serves them all. */
const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'c2FsdHNhbHRzYWx0c2FsdA'}$${'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'}`

/** The same at each reading: a file is read twice. */
async function* file(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Email,Name,Role,Password hash,TOTP key\n')
  for (let from = 0; from < ROWS; from += PART) {
    const rows = Array.from({ length: Math.min(PART, ROWS - from) }, (_, index) => rowOf(from + index))
    yield Buffer.from(rows.join(''))
  }
}

function rowOf(index: number): string {
  const key = toBase32(createHash('sha1').update(String(index)).digest())
  return `p${index}@people.example,Person ${index} Example,agent,"${HASH}",${key}\n`
}

const resident = () => process.memoryUsage().rss / 2 ** 20

/** People who bring hash and authenticator app along, so that nobody enrolls again (X8). */
export async function importKeyFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const { deps, owner, close } = await aWorld(dataDir, 0, await newUrl())
      const tenant = await tenantBySlug(deps, owner.tenant.tenant.slug)
      if (tenant === null) throw new Error('no tenant')
      const options = {
        ...{
          dryRun: false,
          update: false,
          invite: false,
          locale: 'en',
          suspended: false,
          appName: () => 'Authenticator app',
        },
        wishes: { charset: null, separator: null, columns: {}, role: null },
      }
      const before = resident()
      let most = before
      const began = performance.now()
      const done = await importFile(deps, anOperator(), tenant, file, options, () => {
        most = Math.max(most, resident())
      })
      const seconds = (performance.now() - began) / 1000
      if (!done.ok || done.value.brought.apps !== ROWS) throw new Error(JSON.stringify(done))
      say(`${kind}: ${ROWS} rows with keys of apps brought in (s)`, number(seconds, 1))
      say('rows a second', number(ROWS / seconds, 0))
      say('resident memory before, and at most (MiB)', `${number(before, 0)} ${number(most, 0)}`)
      await close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
