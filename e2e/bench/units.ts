import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { firstPage, freePort } from './server'

const run = promisify(execFile)

/** Bare argon2id verifications a second, and the processor time of one in milliseconds, in a process of its own. */
export async function bareHashes(at: number, seconds: number): Promise<{ perSecond: number; cpu: number }> {
  const script = join(import.meta.dirname, 'hashes.ts')
  const args = ['--import', 'tsx', script, String(at), String(seconds)]
  return JSON.parse((await run(process.execPath, args)).stdout)
}

export interface Unit {
  url: string
  pid: number
  /** Milliseconds to the first page. */
  startedIn: number
  stop(): Promise<void>
}

function ended(child: ChildProcess): () => Promise<void> {
  process.once('exit', () => child.kill('SIGKILL'))
  return async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

export async function bareServer(): Promise<Unit> {
  const began = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [port] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    startedIn: performance.now() - began,
    stop: ended(child),
  }
}

const EMPTY_APP: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "empty", "private": true, "type": "module" }\n',
  'next.config.js': `import { join } from 'node:path'
const root = join(import.meta.dirname, '..', '..')
export default { output: 'standalone', outputFileTracingRoot: root, turbopack: { root }, poweredByHeader: false }
`,
  'app/layout.jsx': `export default ({ children }) => <html lang="en"><body>{children}</body></html>\n`,
  'app/page.jsx': `import { headers } from 'next/headers'
export const metadata = { title: 'Empty' }
export default async () => { await headers(); return <main><h1>Empty</h1></main> }
`,
}
// Below dist, so that it finds our packages; gone with the next build of ours.
const HOME = join('dist', 'empty-app')

/** An app of one page that says one word, as Next builds it: the least that what we stand on costs. */
export async function emptyNextApp(): Promise<Unit> {
  const script = join(HOME, '.next', 'standalone', HOME, 'server.js')
  if (!existsSync(script)) {
    mkdirSync(join(HOME, 'app'), { recursive: true })
    for (const [name, text] of Object.entries(EMPTY_APP)) writeFileSync(join(HOME, name), text)
    await run(process.execPath, [join('..', '..', 'node_modules/next/dist/bin/next'), 'build'], {
      cwd: HOME,
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    })
    // As Next's documents have it: its standalone server serves no scripts by itself.
    cpSync(join(HOME, '.next', 'static'), join(HOME, '.next', 'standalone', HOME, '.next', 'static'), {
      recursive: true,
    })
  }
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), HOSTNAME: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  const stop = ended(child)
  await firstPage(`${url}/`, child)
  return { url, pid: child.pid ?? 0, startedIn: performance.now() - began, stop }
}
