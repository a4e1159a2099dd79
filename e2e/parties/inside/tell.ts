import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'

/** Says how a check went, for `checksApart`; one that throws has failed. */
export async function attempt(what: string, check: () => Promise<string | null> | string | null): Promise<boolean> {
  let wrong: string | null
  try {
    wrong = await check()
  } catch (error) {
    wrong = error instanceof Error ? error.message : String(error)
  }
  process.stdout.write(`${wrong === null ? 'ok' : 'wrong'}\t${what}\t${(wrong ?? '').replace(/\s+/g, ' ')}\n`)
  return wrong === null
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export interface Program {
  child: ChildProcess
  output(): string
}

export function start(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      text += part
    })
  }
  const program: Program = { child, output: () => text }
  return program
}

/** Waits until something holds; with what the program said when it does not come to hold. */
export async function until(program: Program, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await holds().catch(() => false))) {
    if (program.child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`ended with ${program.child.exitCode}: ${program.output().slice(-2000)}`)
    }
    await pause(100)
  }
}
