import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listPeople } from '../../lib/administration/people/list/service'
import type { PeopleQuery } from '../../lib/administration/people/list/types'
import { listAudit } from '../../lib/audit/reading/service'
import type { AuditQuery } from '../../lib/audit/types'
import { holderOf } from '../../lib/authentication/session/service'
import { proveFactor } from '../../lib/authentication/signin/prove/service'
import { startWithPassword } from '../../lib/authentication/signin/start/service'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../../lib/core/otp/totp'
import { previewCounts } from '../../lib/coverage/service'
import { aClaimant, aSession, aVisitor } from '../../lib/testing/world'
import { fillEvents } from './audit'
import { median, number, say } from './figures'
import { flip, milliseconds, WANTED } from './measure'
import { aWorld, eachDatabase, PASSWORD } from './people'
import { fillPeople } from './people-list'

const FEW = 1_000
const MANY = Number(process.argv.find((word) => word.startsWith('--people='))?.split('=')[1] ?? 1_000_000)
const SESSIONS = 2
const EVENTS = 3
const ROUNDS = 15
/** Each round has somebody of its own to sign in. */
const SIGN_INS = ROUNDS + 1

type World = Awaited<ReturnType<typeof aWorld>>

/** Open sessions of everybody, by one statement. */
async function fillSessions({ deps, tenantId }: World, postgresql: boolean): Promise<void> {
  const now = Date.now()
  const at = (time: number) => (postgresql ? `to_timestamp(${time / 1000}) AT TIME ZONE 'UTC'` : String(time))
  const numbers = Array.from({ length: SESSIONS }, (_, index) => `SELECT ${index} AS i`).join(' UNION ALL ')
  await deps.db.$executeRawUnsafe(`INSERT INTO "session"
    ("id", "tokenHash", "userId", "methods", "openedAs", "createdAt", "lastSeenAt", "usedAt", "expiresAt", "idleSeconds")
    SELECT 's-' || n.i || "id", 'h-' || n.i || "id", "userId", 'pwd otp', '', ${at(now)}, ${at(now)}, ${at(now)},
      ${at(now + 86_400_000)}, 3600
    FROM "membership", (${numbers}) n WHERE "tenantId" = '${tenantId}'`)
}

async function aFullWorld(kind: string, dataDir: string, people: number, url: string | undefined) {
  const world = await aWorld(dataDir, SIGN_INS, url)
  const began = performance.now()
  await fillPeople(world, people, url)
  await fillSessions(world, url !== undefined)
  // At least as many as the people of its rare kinds need.
  await fillEvents(world, Math.max(people * EVENTS, 10_000), url)
  say(`${kind}: ${people} people, their sessions and events made (s)`, number((performance.now() - began) / 1000, 1))
  const { token } = await aSession(world.deps, world.owner.person.id, { methods: ['pwd', 'otp'] })
  return { ...world, token }
}

type Full = Awaited<ReturnType<typeof aFullWorld>>

async function signIn({ deps, people }: Full, round: number): Promise<void> {
  const person = people[round]
  if (person === undefined) throw new Error('nobody')
  const started = await startWithPassword(deps, aVisitor(), { email: person.email, password: PASSWORD })
  if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
  const code = totpAt({ key: person.key, ...TOTP_DEFAULTS }, timeStep(new Date()))
  const done = await proveFactor(deps, aClaimant(started.value.attemptToken), code)
  if (!done.ok || done.value.kind !== 'signed-in') throw new Error('not signed in')
}

async function check({ deps, token }: Full): Promise<void> {
  const found = await holderOf(deps, token)
  if (found === null || found === 'unknown') throw new Error('nobody is signed in')
}

const PEOPLE: PeopleQuery = {
  suspended: false,
  search: '',
  userType: null,
  role: null,
  status: null,
  atRisk: false,
  sort: 'name',
  from: 'first',
}
const AUDIT: AuditQuery = { personId: null, kind: null, from: null, to: null, start: 'newest' }

const WORK: readonly (readonly [name: string, aim: number, work: (world: Full, round: number) => Promise<unknown>])[] =
  [
    ['sign-in by password and app', 1.2, signIn],
    ['session check', 1.2, check],
    ['Users, first page', 2, ({ deps, owner }) => listPeople(deps, owner, PEOPLE)],
    ['Users, last page', 2, ({ deps, owner }) => listPeople(deps, owner, { ...PEOPLE, from: 'last' })],
    ['Users, a search', 2, ({ deps, owner }) => listPeople(deps, owner, { ...PEOPLE, search: 'ada adler1' })],
    ['preview', 1.2, ({ deps, owner }) => previewCounts(deps, owner, WANTED)],
    ['saving the requirement', 1.2, flip],
    ['audit log, first page', 1.2, ({ deps, owner }) => listAudit(deps, owner, AUDIT)],
  ]

/** What the number of people should not matter to, in turns where few and where many are. */
export async function flatFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const [fewUrl, manyUrl] = [await newUrl(), await newUrl()]
      const few = await aFullWorld(kind, join(dataDir, 'few'), FEW, fewUrl)
      const many = await aFullWorld(kind, join(dataDir, 'many'), MANY, manyUrl)
      for (const [name, aim, work] of WORK) {
        const times: [number, number][] = []
        await work(few, ROUNDS)
        await work(many, ROUNDS)
        for (let round = 0; round < ROUNDS; round += 1) {
          times.push([await milliseconds(() => work(few, round)), await milliseconds(() => work(many, round))])
        }
        const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
        say(`${kind}: ${name}, ${FEW} and ${MANY} people (ms)`, `${number(short)} ${number(long)}`)
        say('ratio', number(long / short), `aim ${aim} or less`)
      }
      await few.close()
      await many.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
