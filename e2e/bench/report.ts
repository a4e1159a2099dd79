import { downloadReport, makeReports, requestReport } from '../../lib/administration/report/service'
import { boot } from '../../lib/core/boot'
import { generateKeyRing } from '../../lib/core/crypto/keys'
import { closeDb } from '../../lib/core/db'
import { readConfig } from '../../lib/core/env'
import { systemRandom } from '../../lib/core/kernel/random'
import { aSession } from '../../lib/testing/world'
import { reportWriter } from '../../lib/web/export/report-export'

// A process of its own: its memory is that of making a report, as the worker does, and of writing it, as a download
// does.
const [, , dataDir = '', databaseUrl = ''] = process.argv
const shared = databaseUrl === '' ? {} : { DATABASE_URL: databaseUrl, SECRET_KEYS: generateKeyRing(systemRandom) }
const config = readConfig({ DATA_DIR: dataDir, ...shared })
if (!config.ok) throw new Error(config.detail)
const booted = boot(config.value)
if (!booted.ok) throw new Error(booted.detail)
const deps = booted.value
const MIB = 1024 * 1024
const { id: ownerId } = await deps.db.user.findFirstOrThrow({ where: { email: 'owner@example.com' } })
const { freshAdmin: owner } = await aSession(deps, ownerId, { methods: ['pwd'], steppedUp: true })
const before = process.memoryUsage.rss() / MIB
let most = before
const look = () => {
  most = Math.max(most, process.memoryUsage.rss() / MIB)
  return false
}
const asked = await requestReport(deps, owner, 'all')
if (!asked.ok) throw new Error(asked.code)
const { id } = asked.value
const began = performance.now()
while (await makeReports(deps, look));
const made = performance.now()
const found = await downloadReport(deps, owner, id)
if (!found.ok) throw new Error(found.code)
const writer = reportWriter('en', 'Bench')
let bytes = Buffer.byteLength(writer.head)
for await (const part of found.value.parts) {
  bytes += Buffer.byteLength(writer.part(part))
  look()
}
const written = performance.now()
const { rows } = found.value.report
process.stdout.write(JSON.stringify({ rows, bytes, before, most, making: made - began, writing: written - made }))
await closeDb(deps.db)
