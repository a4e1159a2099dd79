import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fromBase32 } from '../../lib/core/crypto/encoding'
import { TOTP_DEFAULTS, timeStep, totpAt } from '../../lib/core/otp/totp'
import { number, rate, say } from './figures'
import { load } from './load'
import { PASSWORD } from './people'
import { cpuOf, firstPage, freePort, proportionalMemory } from './server'
import { bareHashes, bareServer } from './units'

/** What npm installs; the driver and the hash are those of ours. */
const PACKAGES = ['better-auth@1.7.25', 'better-sqlite3@13.2.0', '@node-rs/argon2@2.2.1']
const PEOPLE = 24
const AT_ONCE = 8
const SECONDS = 4
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

interface Member {
  email: string
  key: Uint8Array
}

async function send(url: string, path: string, body: object, cookie = ''): Promise<{ json: unknown; cookie: string }> {
  const headers = { 'Content-Type': 'application/json', Origin: url, ...(cookie === '' ? {} : { Cookie: cookie }) }
  const answer = await fetch(`${url}/api/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`better-auth: ${path} answered ${answer.status}: ${await answer.text()}`)
  const cookies = answer.headers.getSetCookie().map((each) => each.split(';')[0])
  return { json: await answer.json(), cookie: cookies.join('; ') }
}

const codeOf = ({ key }: Member) => totpAt({ key, ...TOTP_DEFAULTS }, timeStep(new Date()))

async function enrol(url: string, index: number): Promise<Member> {
  const email = `agent${index}@example.com`
  const { cookie } = await send(url, '/sign-up/email', { email, password: PASSWORD, name: email })
  const enabled = await send(url, '/two-factor/enable', { password: PASSWORD }, cookie)
  const { totpURI } = enabled.json as { totpURI: string }
  const key = fromBase32(new URL(totpURI).searchParams.get('secret') ?? '')
  if (key === null) throw new Error('better-auth gave no key')
  const member = { email, key }
  await send(url, '/two-factor/verify-totp', { code: codeOf(member) }, enabled.cookie || cookie)
  return member
}

async function signIn(url: string, member: Member): Promise<string> {
  const first = await send(url, '/sign-in/email', { email: member.email, password: PASSWORD })
  const second = await send(url, '/two-factor/verify-totp', { code: codeOf(member) }, first.cookie)
  const answer = await fetch(`${url}/api/auth/get-session`, { headers: { Cookie: second.cookie } })
  if ((await answer.json()) === null) throw new Error('better-auth: nobody is signed in')
  return second.cookie
}

/**
 * better-auth on SQLite at the same work: password, code of an app, and the question who is signed in. It writes no
 * audit log, counts no guesses of a code over all sign-ins, and draws no page: less is asked of it than of ours.
 */
export async function peerFigures(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const bare = await bareServer()
  const port = await freePort()
  let stop = () => {}
  try {
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES], {
      cwd: folder,
    })
    const script = join(import.meta.dirname, 'better-auth.mjs')
    const start = async () => {
      const began = performance.now()
      const child = spawn(process.execPath, [script], {
        cwd: folder,
        env: { ...process.env, NODE_ENV: 'production', PORT: String(port) },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      stop = () => void child.kill('SIGKILL')
      process.once('exit', stop)
      await firstPage(`http://localhost:${port}/api/auth/ok`, child)
      return { child, startedIn: performance.now() - began }
    }
    // The first start makes its tables.
    const { child: first } = await start()
    first.kill('SIGKILL')
    await pause(1)
    const { child, startedIn } = await start()
    const pid = child.pid ?? 0
    say(`${PACKAGES[0]}: start to first answer (ms)`, number(startedIn, 0))
    await pause(5)
    const idle = proportionalMemory(pid)
    say('idle memory (PSS, MiB)', number(idle, 0))
    const url = `http://localhost:${port}`
    const members: Member[] = []
    for (let index = 0; index < PEOPLE; index += 1) members.push(await enrol(url, index))
    const hashes = await bareHashes(AT_ONCE, SECONDS)
    const before = cpuOf(pid)
    let done = 0
    const perSecond = await rate(AT_ONCE, SECONDS, async (worker) => {
      const member = members[(worker + done * AT_ONCE) % PEOPLE]
      if (member !== undefined) await signIn(url, member)
      done += 1
    })
    const cpu = ((cpuOf(pid) - before) * 1000) / done
    say('complete sign-ins, 8 at once, to bare hashes', number(perSecond / hashes.perSecond))
    say('processor time of a sign-in beyond the hash, in hashes', number((cpu - hashes.cpu) / hashes.cpu))
    const [member] = members
    if (member === undefined) throw new Error('nobody')
    const headers = { Cookie: await signIn(url, member) }
    const bareAt16 = await load(bare.url, '/', { at: 16, seconds: 2 })
    const checks = await load(url, '/api/auth/get-session', { at: 16, seconds: 2, headers })
    say('session checks, 16 at once, to the bare server', number(checks.perSecond / bareAt16.perSecond, 3))
    const crowded = await load(url, '/api/auth/get-session', { at: 64, seconds: 2, headers })
    say('p99 of a session check, 64 at once (ms)', number(crowded.p99, 1))
    await pause(5)
    say('memory after load, to idle', number(proportionalMemory(pid) / idle))
  } finally {
    stop()
    await bare.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
