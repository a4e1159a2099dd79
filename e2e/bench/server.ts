import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const HERTZ = 100

export interface BenchServer {
  url: string
  pid: number
  startedIn: number
  /** Seconds of processor time used so far. */
  cpu(): number
  /** Resident memory in MiB. */
  resident(): number
  statements(): Promise<string[]>
  stop(): Promise<void>
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

export async function startServer(
  dataDir: string,
  options: { counting: boolean; environment?: Record<string, string> },
): Promise<BenchServer> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const preload = options.counting ? ['--import', join(import.meta.dirname, 'count-statements.mjs')] : []
  const began = performance.now()
  const child = spawn(process.execPath, [...preload, 'dist/serve.mjs'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      ...options.environment,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  await firstPage(`${url}/sign-in`, child)
  const pid = child.pid ?? 0
  return {
    url,
    pid,
    startedIn: performance.now() - began,
    cpu: () => cpuOf(pid),
    resident: () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]) / 1024,
    statements: () =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve((message as { statements: string[] }).statements))
        child.send('statements')
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

export async function firstPage(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the server did not start')
    const answer = await fetch(url).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Seconds of processor time that a process used so far. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / HERTZ
}

/** Memory that a process alone answers for, in MiB: what it shares is divided by those who share it. */
export function proportionalMemory(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024
}
