import '../../lib/core/node-version'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Counts, countPlaywright, countVitest, sumOf } from './counts'
import { provideTools } from './tools'

/** Every test of the project, in order; the last line is `N passed, N failed`, and the exit code agrees with it. */

const root = fileURLToPath(new URL('../..', import.meta.url))
const reports = mkdtempSync(join(tmpdir(), 'twofold-reports-'))

// The shell leads a process group and reads a pipe from this process: however this process ends, even killed, the pipe
// closes and everything the step has started goes with it.
const guard = `
"$@" </dev/null 3<&- &
step=$!
{ cat <&3; trap '' TERM; kill -TERM 0; sleep 2; kill -KILL 0; } >/dev/null 2>&1 &
wait $step
`

let running: ChildProcess | null = null

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Nothing of the group is left.
  }
}

/** Runs a command with its output in ours; true when it ended well. Nothing it started outlives it. */
async function run(command: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const child = spawn('sh', ['-c', guard, 'sh', ...command], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  })
  running = child
  const [code] = await once(child, 'exit')
  signalGroup(child, 'SIGKILL')
  running = null
  return code === 0
}

interface Step {
  name: string
  /** Steps without which it cannot run. */
  needs?: readonly string[]
  run: () => Promise<Counts>
}

const passed: Counts = { passed: 1, failed: 0 }
const failed: Counts = { passed: 0, failed: 1 }

function check(...command: string[]): () => Promise<Counts> {
  return async () => ((await run(command)) ? passed : failed)
}

/** Runs tests and reads their report; a run without a test, or one that fails in no test, is a failure of its own. */
async function tests(
  command: readonly string[],
  env: Record<string, string>,
  report: string,
  count: (report: unknown) => Counts,
): Promise<Counts> {
  const well = await run(command, env)
  const counts = existsSync(report) ? count(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 }
  const nothing = counts.passed + counts.failed === 0
  return nothing || (!well && counts.failed === 0) ? { ...counts, failed: counts.failed + 1 } : counts
}

const unitReport = join(reports, 'unit.json')
const journeyReport = join(reports, 'journeys.json')

const steps: readonly Step[] = [
  {
    name: 'tools',
    run: async () => {
      const missing = provideTools()
      if (missing !== null) process.stdout.write(`${missing}\n`)
      return missing === null ? passed : failed
    },
  },
  { name: 'generate', run: check('npm', 'run', 'generate') },
  { name: 'check', run: check('npm', 'run', 'check') },
  {
    name: 'unit',
    needs: ['generate'],
    run: () =>
      tests(
        ['npm', 'run', 'unit', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
        {},
        unitReport,
        countVitest,
      ),
  },
  { name: 'build', needs: ['generate'], run: check('node', '--import', 'tsx', 'lib/cli/build.ts') },
  {
    name: 'journeys',
    needs: ['tools', 'build'],
    run: async () => {
      const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: journeyReport }
      return tests(['npm', 'run', 'e2e', '--', '--reporter=list,json'], env, journeyReport, countPlaywright)
    },
  },
]

const done = new Map<string, Counts>()

function finish(code: number): never {
  rmSync(reports, { recursive: true, force: true })
  const { passed, failed } = sumOf([...done.values()])
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exit(code)
}

async function stop(code: number): Promise<void> {
  const child = running
  if (child !== null) {
    const ended = once(child, 'exit')
    signalGroup(child, 'SIGTERM')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))])
    signalGroup(child, 'SIGKILL')
  }
  process.stdout.write('\nStopped before the end.\n')
  done.set('stopped', failed)
  finish(code)
}

process.once('SIGINT', () => void stop(130))
process.once('SIGTERM', () => void stop(143))
process.once('SIGHUP', () => void stop(129))

const seconds = new Map<string, number>()
for (const { name, needs = [], run: runStep } of steps) {
  process.stdout.write(`\n——— ${name}\n`)
  const start = Date.now()
  const broken = needs.find((need) => (done.get(need)?.failed ?? 1) > 0)
  if (broken) process.stdout.write(`Not run: ${broken} failed.\n`)
  done.set(name, broken ? failed : await runStep())
  seconds.set(name, Math.round((Date.now() - start) / 1000))
}

process.stdout.write('\n———\n')
for (const [name, counts] of done) {
  const skipped = counts.skipped ? `, ${counts.skipped} skipped` : ''
  process.stdout.write(`${name}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds.get(name)} s)\n`)
  for (const test of counts.broken ?? []) process.stdout.write(`  failed: ${test}\n`)
}
finish(sumOf([...done.values()]).failed === 0 ? 0 : 1)
