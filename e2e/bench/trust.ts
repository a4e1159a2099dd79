import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeDeviceRules } from '../../lib/administration/policy/service'
import { forgetDevicesOfTenant } from '../../lib/administration/sessions/service'
import { hashToken } from '../../lib/core/crypto/token'
import { newId } from '../../lib/core/kernel/ids'
import { policyRows } from '../../lib/testing/policy'
import { median, number, say } from './figures'
import { aWorld, eachDatabase } from './people'

const FEW = 100
const MANY = 100_000
const PER_PERSON = 10
const CHANGES = 40

type World = Awaited<ReturnType<typeof aWorld>>

/** Devices that their people trust for as long as the policy allows, granted twenty days ago. */
async function trust({ deps, people }: World, count: number): Promise<void> {
  const now = deps.clock.now()
  const granted = new Date(now.getTime() - 20 * 86_400_000)
  const rows = people.flatMap(({ id }) =>
    Array.from({ length: PER_PERSON }, () => {
      const deviceId = newId(now, deps.random)
      const at = { verifiedAt: granted, trustGrantedAt: granted, lastSeenAt: now, createdAt: granted }
      const hash = hashToken('device', deviceId)
      return { id: deviceId, seriesHash: hash, valueHash: hash, userId: id, userAgent: 'Bench', ...at }
    }),
  )
  if (rows.length !== count) throw new Error('not as many devices as asked for')
  for (let from = 0; from < rows.length; from += 1000) {
    await deps.db.device.createMany({ data: rows.slice(from, from + 1000) })
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** 30 to 7 days and back. */
async function shorten({ deps, owner, tenantId }: World): Promise<number> {
  const { version, team } = await policyRows(deps.db, tenantId)
  const trustDays = { team: team.trustDays === 30 ? 7 : 30, end: 30 }
  return milliseconds(async () => {
    const changed = await changeDeviceRules(deps, owner, { trustDays, endDeviceVerification: false, version })
    if (!changed.ok || changed.value !== 'changed') throw new Error('the policy did not change')
  })
}

/** What a change of policy, or forgetting every device, costs where many devices are trusted, against where few are. */
export async function trustFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    const few = await aWorld(join(dataDir, 'few'), FEW / PER_PERSON, await newUrl())
    const many = await aWorld(join(dataDir, 'many'), MANY / PER_PERSON, await newUrl())
    await trust(few, FEW)
    await trust(many, MANY)
    for (const [what, change] of [
      ['change of 30 and 7 days', shorten],
      ['“forget all devices”', (world: World) => milliseconds(() => forgetDevicesOfTenant(world.deps, world.owner))],
    ] as const) {
      const times: [number, number][] = []
      for (let index = 0; index < CHANGES; index += 1) times.push([await change(few), await change(many)])
      const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
      say(`${kind}: ${what}, 100 trusted devices (ms)`, number(short))
      say(`${kind}: ${what}, 100,000 trusted devices (ms)`, number(long))
      say('ratio', number(long / short), 'aim 1.2 or less')
    }
    await few.close()
    await many.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
}
