import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { listByOutcome } from '../../lib/administration/people/list/service'
import { changeRequirement } from '../../lib/administration/policy/service'
import { proveFactor } from '../../lib/authentication/signin/prove/service'
import { startWithPassword } from '../../lib/authentication/signin/start/service'
import { days } from '../../lib/core/kernel/time'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../../lib/core/otp/totp'
import { previewCounts, viewCoverage } from '../../lib/coverage/service'
import { policyRows } from '../../lib/testing/policy'
import { aClaimant, aVisitor } from '../../lib/testing/world'
import { median, number, say } from './figures'
import { aWorld, eachDatabase, PASSWORD } from './people'
import { fillPeople } from './people-list'

const FEW = 10_000
const MANY = Number(process.argv.find((word) => word.startsWith('--people='))?.split('=')[1] ?? 1_000_000)
const ROUNDS = 15
const SIGN_INS = 20

type World = Awaited<ReturnType<typeof aWorld>>

export const WANTED = {
  team: { required: true, kinds: ['totp', 'email', 'passkey'] },
  end: { required: true, kinds: ['totp', 'email', 'passkey'] },
} as const

/** The same, with a day until whose end it can be put off (P8). */
const WANTED_LATER = {
  team: { ...WANTED.team, deadline: new Date(Date.now() + days(30)) },
  end: { ...WANTED.end, deadline: new Date(Date.now() + days(60)) },
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function compare(name: string, few: World, many: World, aim: string, work: (world: World) => Promise<unknown>) {
  const times: [number, number][] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push([await milliseconds(() => work(few)), await milliseconds(() => work(many))])
  }
  const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
  say(`${name}, ${FEW} and ${MANY} people (ms)`, `${number(short, 1)} ${number(long, 1)}`)
  say('ratio', number(long / short), aim)
}

/** On and off for end users: one row, however many they are (P10). */
export async function flip({ deps, owner, tenantId }: World): Promise<void> {
  const { version, end } = await policyRows(deps.db, tenantId)
  const required = { team: true, end: !end.required }
  const changed = await changeRequirement(deps, owner, { version, required, kinds: null, endSessions: false })
  if (!changed.ok || changed.value !== 'changed') throw new Error('the policy did not change')
}

async function signIns(few: World, many: World): Promise<void> {
  const signIn = async ({ deps, people }: World, index: number) => {
    const person = people[index]
    if (person === undefined) throw new Error('nobody')
    const started = await startWithPassword(deps, aVisitor(), { email: person.email, password: PASSWORD })
    if (!started.ok || started.value.kind !== 'attempt') throw new Error('no attempt')
    const code = totpAt({ key: person.key, ...TOTP_DEFAULTS }, timeStep(new Date()))
    const done = await proveFactor(deps, aClaimant(started.value.attemptToken), code)
    if (!done.ok || done.value.kind !== 'signed-in') throw new Error('not signed in')
  }
  const times: [number, number][] = []
  for (let index = 0; index < SIGN_INS; index += 1) {
    times.push([await milliseconds(() => signIn(few, index)), await milliseconds(() => signIn(many, index))])
  }
  const [short, long] = [median(times.map(([each]) => each)), median(times.map(([, each]) => each))]
  say(`sign-in by password and app, ${FEW} and ${MANY} people (ms)`, `${number(short, 1)} ${number(long, 1)}`)
  say('ratio', number(long / short), 'aim 1.2 or less')
}

async function report(kind: string, people: number, dataDir: string, url: string | undefined): Promise<void> {
  const script = join(import.meta.dirname, 'report.ts')
  const args = ['--import', 'tsx', script, dataDir, ...(url === undefined ? [] : [url])]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { rows, bytes, before, most, making, writing } = JSON.parse(stdout)
  say(`${kind}: report of ${people} people, rows made a second`, number(rows / (making / 1000), 0))
  say(
    'rows written a second, and the size of the file (MB)',
    `${number(rows / (writing / 1000), 0)} ${number(bytes / 1e6, 1)}`,
  )
  say('resident memory before, and at most (MiB)', `${number(before, 0)} ${number(most, 0)}`)
}

/** Report, preview, a policy's change and a sign-in where a million people are, against where ten thousand are. */
export async function measureFigures(): Promise<void> {
  await eachDatabase(async (kind, newUrl) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
    try {
      const [fewUrl, manyUrl] = [await newUrl(), await newUrl()]
      const few = await aWorld(join(dataDir, 'few'), SIGN_INS, fewUrl)
      const many = await aWorld(join(dataDir, 'many'), SIGN_INS, manyUrl)
      await fillPeople(few, FEW, fewUrl)
      say(`${kind}: ${MANY} people made (s)`, number(await fillPeople(many, MANY, manyUrl), 0))
      await compare(`${kind}: counts of the overview`, few, many, '', ({ deps, owner }) => viewCoverage(deps, owner))
      await compare(`${kind}: counts of the preview`, few, many, '', ({ deps, owner }) =>
        previewCounts(deps, owner, WANTED),
      )
      await compare(`${kind}: first names of the preview`, few, many, '', ({ deps, owner }) =>
        listByOutcome(deps, owner, WANTED, { outcome: 'must_enrol', userType: 'end', from: 'first' }),
      )
      await compare(`${kind}: counts of the preview, with a deadline`, few, many, '', ({ deps, owner }) =>
        previewCounts(deps, owner, WANTED_LATER),
      )
      await compare(`${kind}: first names of that, who may put it off`, few, many, '', ({ deps, owner }) =>
        listByOutcome(deps, owner, WANTED_LATER, { outcome: 'may_put_off', userType: 'end', from: 'first' }),
      )
      await compare(`${kind}: saving the requirement`, few, many, 'aim 1.2 or less', flip)
      await signIns(few, many)
      await report(kind, FEW, join(dataDir, 'few'), fewUrl)
      await report(kind, MANY, join(dataDir, 'many'), manyUrl)
      await few.close()
      await many.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
