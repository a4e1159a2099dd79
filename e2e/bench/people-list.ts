import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listPeople } from '../../lib/administration/people/list/service'
import type { PeopleQuery } from '../../lib/administration/people/list/types'
import { type Db, databaseKindOf } from '../../lib/core/db'
import { newId } from '../../lib/core/kernel/ids'
import { searchKey, surnameKey, userTypeOf } from '../../lib/identity/user/rules'
import type { Role } from '../../lib/identity/user/types'
import { median, number, say } from './figures'
import { aWorld, eachDatabase } from './people'

const FEW = 1_000
const MANY = Number(process.argv.find((word) => word.startsWith('--people='))?.split('=')[1] ?? 1_000_000)
const CHUNK = 20_000
const ROUNDS = 15

const FIRST = 'Ada Bea Carl Dora Emil Fay Gus Hana Ivo Jun Kim Lena Mina Noah Olga Paul Quin Rosa Sven Tom'.split(' ')
const LAST =
  'Adler Baum Cho Diaz Egger Frei Gupta Hahn Ito Jang Kato Lee Mori Nagy Ozawa Park Rossi Sato Tan Weiss'.split(' ')

type World = Awaited<ReturnType<typeof aWorld>>

/**
 * 5 in 100 are team members, 60 enrolled, 2 suspended, 3 turned 2FA on for themselves; 2 in 1,000 are exempt. Of 8 in
 * 10 there is a last sign-in, within a year.
 */
function aPerson(world: World, index: number) {
  const { deps, tenantId } = world
  const now = deps.clock.now()
  const id = newId(now, deps.random)
  // Four hundred names, each with a number, so that many begin alike and few are the same.
  const first = FIRST[(index * 7 + Math.floor(index / 20) * 3) % 20]
  const name = `${first} ${LAST[Math.floor(index / 20) % 20]}${Math.floor(index / 400)}`
  const email = `p${index}.${(index * 7919) % 104_729}@example.com`
  const role: Role = index % 20 === 0 ? (index % 2000 === 0 ? 'admin' : 'agent') : 'end_user'
  const enrolled = Math.floor(index / 20) % 10 < 6
  const exempt = index % 1000 === 120 || index % 1000 === 127
  const signedInAt = index % 5 === 3 ? null : new Date(now.getTime() - ((index * 7919) % 31_536_000) * 1000)
  return {
    id,
    membershipId: newId(now, deps.random),
    tenantId,
    email,
    name,
    role,
    userType: userTypeOf(role),
    nameKey: searchKey(name),
    surnameKey: surnameKey(name),
    emailKey: searchKey(email),
    own: index % 33 === 7,
    suspended: index % 50 === 49,
    enrolled,
    kinds: enrolled ? 'totp' : '',
    at: stamp(now),
    signedInAt: signedInAt && stamp(signedInAt),
    signInKey: signedInAt?.toISOString() ?? '',
    exempt,
    exemptUntil: exempt ? stamp(new Date(now.getTime() + 5 * 86_400_000)) : null,
  }
}

/** As SQLite's driver writes a date; PostgreSQL is told to make one of it. */
function stamp(date: Date): number {
  return date.getTime()
}

const COLUMNS = {
  app_user: [
    ['"id"', 'id', 'text'],
    ['"tenantId"', 'tenantId', 'text'],
    ['"email"', 'email', 'text'],
    ['"name"', 'name', 'text'],
    ['"twoFactorOn"', 'own', 'boolean'],
    ['"lastSignInAt"', 'signedInAt', 'timestamp(3)'],
    ['"createdAt"', 'at', 'timestamp(3)'],
  ],
  membership: [
    ['"id"', 'membershipId', 'text'],
    ['"tenantId"', 'tenantId', 'text'],
    ['"userId"', 'id', 'text'],
    ['"role"', 'role', '"role"'],
    ['"userType"', 'userType', '"user_type"'],
    ['"nameKey"', 'nameKey', 'text'],
    ['"surnameKey"', 'surnameKey', 'text'],
    ['"emailKey"', 'emailKey', 'text'],
    ['"signInKey"', 'signInKey', 'text'],
    ['"suspended"', 'suspended', 'boolean'],
    ['"enrolled"', 'enrolled', 'boolean'],
    ['"factorKinds"', 'kinds', 'text'],
    ['"ownTwoFactor"', 'own', 'boolean'],
    ['"exempt"', 'exempt', 'boolean'],
    ['"exemptUntil"', 'exemptUntil', 'timestamp(3)'],
    ['"createdAt"', 'at', 'timestamp(3)'],
  ],
} as const

function asOf(text: string, type: string): string {
  if (type !== 'timestamp(3)') return `(${text})::${type}`
  return `(to_timestamp((${text})::double precision / 1000) AT TIME ZONE 'UTC')::timestamp(3)`
}

/** One statement writes a chunk, which goes in as JSON. */
async function insert(db: Db, table: keyof typeof COLUMNS, rows: readonly object[], postgresql: boolean) {
  const columns = COLUMNS[table]
  const names = columns.map(([name]) => name).join(', ')
  const values = columns.map(([, key, type]) =>
    postgresql ? asOf(`r->>'${key}'`, type) : `json_extract(r.value, '$.${key}')`,
  )
  const from = postgresql ? `json_array_elements($1::json) AS r` : `json_each(?) AS r`
  const text = `INSERT INTO "${table}" (${names}) SELECT ${values.join(', ')} FROM ${from}`
  await db.$executeRawUnsafe(text, JSON.stringify(rows))
}

/** Makes the company's people; gives the seconds it took. */
export async function fillPeople(world: World, count: number, url: string | undefined): Promise<number> {
  const began = performance.now()
  const postgresql = url !== undefined && databaseKindOf(url) === 'postgresql'
  const { db } = world.deps
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from)
    const rows = Array.from({ length }, (_, index) => aPerson(world, from + index))
    await insert(db, 'app_user', rows, postgresql)
    await insert(db, 'membership', rows, postgresql)
  }
  await db.$executeRawUnsafe(`DELETE FROM "people_count"`)
  await db.$executeRawUnsafe(`INSERT INTO "people_count" ("tenantId", "userType", "factorKinds", "ownTwoFactor", "people")
    SELECT "tenantId", "userType", "factorKinds", "ownTwoFactor", COUNT(*) FROM "membership" WHERE "suspended" = false
    GROUP BY "tenantId", "userType", "factorKinds", "ownTwoFactor"`)
  // What a PostgreSQL server does by itself within minutes.
  if (postgresql) await db.$executeRawUnsafe('ANALYZE')
  return (performance.now() - began) / 1000
}

const ALL: PeopleQuery = {
  suspended: false,
  search: '',
  userType: null,
  role: null,
  status: null,
  atRisk: false,
  sort: 'name',
  from: 'first',
}

const STATUSES = ['setup_required', 'enrolled', 'not_required', 'exempt'] as const

const QUERIES: readonly (readonly [string, PeopleQuery])[] = [
  ['first page', ALL],
  ['last page', { ...ALL, from: 'last' }],
  ['search by name', { ...ALL, search: 'ada adler1' }],
  ['search by surname', { ...ALL, search: 'weiss2' }],
  ['search by address', { ...ALL, search: 'p77.' }],
  ['search that finds nobody', { ...ALL, search: 'zzz' }],
  ['search among enrolled end users', { ...ALL, search: 'ada', userType: 'end', status: 'enrolled' }],
  ...STATUSES.flatMap((status) => [
    [`status ${status}, first page`, { ...ALL, status }] as const,
    [`status ${status}, last page`, { ...ALL, status, from: 'last' }] as const,
  ]),
  ['team members who must set up', { ...ALL, userType: 'team', status: 'setup_required' }],
  ['sorted by role', { ...ALL, sort: 'role' }],
  ['sorted by status', { ...ALL, sort: 'status' }],
  ['by last sign-in, oldest first', { ...ALL, sort: 'sign_in' }],
  ['by last sign-in, newest first', { ...ALL, sort: 'sign_in', descending: true }],
  ['by last sign-in, last page', { ...ALL, sort: 'sign_in', from: 'last' }],
  ['enrolled end users by last sign-in', { ...ALL, sort: 'sign_in', userType: 'end', status: 'enrolled' }],
  ['exempt people by last sign-in', { ...ALL, sort: 'sign_in', status: 'exempt' }],
  ['suspended', { ...ALL, suspended: true }],
]

async function milliseconds(world: World, query: PeopleQuery): Promise<number> {
  const began = performance.now()
  await listPeople(world.deps, world.owner, query)
  return performance.now() - began
}

/** People > Users with a million people against the same with a thousand. */
export async function peopleFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const [fewUrl, manyUrl] = [await newUrl(), await newUrl()]
      const few = await aWorld(join(dataDir, 'few'), 0, fewUrl)
      const many = await aWorld(join(dataDir, 'many'), 0, manyUrl)
      await fillPeople(few, FEW, fewUrl)
      say(`${kind}: ${MANY} people made (s)`, number(await fillPeople(many, MANY, manyUrl), 0))
      const middle = await listPeople(many.deps, many.owner, { ...ALL, search: 'kim' })
      const start = await listPeople(few.deps, few.owner, { ...ALL, search: 'kim' })
      if (middle.rows.length === 0 || start.rows.length === 0) throw new Error('nobody there')
      for (const [name, query] of QUERIES) {
        const times: [number, number][] = []
        for (let round = 0; round < ROUNDS; round += 1) {
          times.push([await milliseconds(few, query), await milliseconds(many, query)])
        }
        const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
        say(`${kind}: ${name}, ${FEW} and ${MANY} (ms)`, `${number(short, 1)} ${number(long, 1)}`)
        say('ratio', number(long / short), 'aim 2 or less')
      }
      await few.close()
      await many.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
