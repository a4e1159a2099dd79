import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const STARTS_WITHIN = 60_000
const STOPS_WITHIN = 25_000

export interface Server {
  url: string
  port: number
  dataDir: string
  /** What it was started with. */
  environment: Record<string, string>
  /** Everything it has written so far, both streams. */
  output(): string
  /** How it ended, if it did. */
  ended(): string | null
  /** The setup link it printed; throws when it printed none. */
  setupLink(): string
  /**
   * Ends the process as an operator would, and removes its folder unless told to keep the data. Gives the exit code.
   */
  stop(keep?: { data: boolean }): Promise<number | null>
}

/** Only what a server needs: nothing of the shell around the tests decides an outcome. */
function environmentOf(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, NODE_ENV: 'production', ...settings }
}

function launch(settings: Record<string, string>, args: readonly string[] = [], folder: string = root) {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/serve.mjs', ...args], {
    cwd: folder,
    env: environmentOf(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
  }
  return { child, output: () => text }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The production server as a process of its own, on a free port and with a folder of its own, once it answers. */
export async function startServer(
  settings: Record<string, string> = {},
  args: readonly string[] = [],
  /** Where what was built is. */
  folder?: string,
): Promise<Server> {
  const dataDir = settings.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'twofold-e2e-')))
  for (;;) {
    const port = await freePort()
    const environment = { LOG_LEVEL: 'debug', PORT: String(port), DATA_DIR: dataDir, ...settings }
    const { child, output } = launch(environment, args, folder)
    const url = `http://localhost:${port}`
    try {
      await untilHealthy(child, url)
    } catch (error) {
      child.kill('SIGKILL')
      // Somebody else took the port between our look and the start.
      if (output().includes('is in use')) continue
      await rm(dataDir, { recursive: true, force: true })
      throw new Error(`${error instanceof Error ? error.message : error}\n${output()}`)
    }
    return {
      url,
      port,
      dataDir,
      environment,
      output,
      ended: () => {
        const how = child.signalCode ?? child.exitCode
        return how === null ? null : `the server ended (${how})\n${output().slice(-2000)}`
      },
      setupLink: () => {
        const link = /http\S+\/setup\?token=\S+/.exec(output())
        if (link === null) throw new Error(`no setup link was printed\n${output()}`)
        return link[0]
      },
      stop: async ({ data } = { data: false }) => {
        const code = await end(child)
        if (!data) await rm(dataDir, { recursive: true, force: true })
        return code
      },
    }
  }
}

async function untilHealthy(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the server ended at its start')
    const answer = await fetch(`${url}/api/health`).catch(() => null)
    await answer?.text()
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server did not answer in time')
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN)
  await ended
  clearTimeout(hard)
  return child.exitCode
}

/** A start that is expected to be refused: its exit code and what it wrote. Throws when it goes on. */
export async function refusedStart(settings: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'twofold-e2e-'))
  const { child, output } = launch({ DATA_DIR: dataDir, ...settings })
  const ended = once(child, 'close')
  const hard = setTimeout(() => child.kill('SIGKILL'), STARTS_WITHIN)
  await ended
  clearTimeout(hard)
  await rm(dataDir, { recursive: true, force: true })
  if (child.signalCode !== null) throw new Error(`the server went on\n${output()}`)
  return { code: child.exitCode, output: output() }
}
