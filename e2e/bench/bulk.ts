import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { confirmBulk, prepareBulk, viewBulk } from '../../lib/administration/bulk/service'
import type { BulkActName } from '../../lib/administration/bulk/types'
import { workOnBulk } from '../../lib/administration/bulk/work/service'
import { confirmed } from '../../lib/job/confirmed'
import { number, say } from './figures'
import { aWorld, eachDatabase } from './people'
import { fillPeople } from './people-list'

const PEOPLE = Number(process.argv.find((word) => word.startsWith('--people='))?.split('=')[1] ?? 100_000)

type World = Awaited<ReturnType<typeof aWorld>>

/** What is done to all of the list; the second one moves its people from one filter to another. */
const CHOICES: readonly (readonly [BulkActName, string, string])[] = [
  ['end_sessions', 'end_sessions', ''],
  ['role', 'role.agent', 'type=end'],
]

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

/** One open session for each person, by one statement. */
async function openSessions({ deps, tenantId }: World, postgresql: boolean): Promise<void> {
  const now = Date.now()
  const at = (time: number) => (postgresql ? `to_timestamp(${time / 1000}) AT TIME ZONE 'UTC'` : String(time))
  await deps.db.$executeRawUnsafe(`INSERT INTO "session"
    ("id", "tokenHash", "userId", "methods", "openedAs", "createdAt", "lastSeenAt", "expiresAt", "idleSeconds")
    SELECT 's-' || "id", 'h-' || "id", "userId", 'pwd', '', ${at(now)}, ${at(now)}, ${at(now + 86_400_000)}, 3600
    FROM "membership" WHERE "tenantId" = '${tenantId}'`)
}

/** One act on everybody of a company: chosen, gathered by the worker, confirmed, and done (X7). */
export async function bulkFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const url = await newUrl()
      const world = await aWorld(dataDir, 0, url)
      const { deps, owner } = world
      say(`${kind}: ${PEOPLE} people made (s)`, number(await fillPeople(world, PEOPLE, url), 1))
      await openSessions(world, kind === 'PostgreSQL')
      const work = async () => {
        while (await workOnBulk(deps, confirmed, () => false));
      }
      for (const [act, choice, filter] of CHOICES) {
        let id = ''
        const chosen = await seconds(async () => {
          const made = await prepareBulk(deps, owner, { choice, filter, picked: [] })
          if (!made.ok) throw new Error(made.code)
          id = made.value.id
        })
        const gathered = await seconds(work)
        const view = async () => (await viewBulk(deps, owner, id, { outcome: null, after: 0 }))?.view
        const open = (await view())?.counts.open ?? 0
        const said = await confirmBulk(deps, owner, id, [act])
        if (!said.ok) throw new Error(said.code)
        const done = await seconds(work)
        const counts = (await view())?.counts
        if (open === 0 || counts?.done !== open) throw new Error(`${choice}: ${JSON.stringify(counts)}`)
        say(`${kind}: ${choice} chosen (s)`, number(chosen, 2))
        say('gathered (s), people a second', `${number(gathered, 1)} ${number(PEOPLE / (chosen + gathered), 0)}`)
        say(`done for ${open} (s), people a second`, `${number(done, 1)} ${number(open / done, 0)}`)
      }
      say('resident memory (MiB)', number(process.memoryUsage().rss / 2 ** 20, 0))
      await world.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
