import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { number, say } from './figures'

export type MeasuredOn = 'SQLite' | 'PostgreSQL'

export interface Figure {
  name: string
  better: 'more' | 'less'
  digits: number
  /** What is aimed at, on each database where they differ. */
  aim?: number | Readonly<Record<MeasuredOn, number>>
}

export type Results = Readonly<Record<MeasuredOn, Readonly<Record<string, number>>>>

const FILE = 'docs/benchmarks.md'
const KINDS: readonly MeasuredOn[] = ['SQLite', 'PostgreSQL']
/** What a result may be worse by before it is told. */
const TOLERANCE = 1.2

const aimOf = ({ aim }: Figure, kind: MeasuredOn) => (typeof aim === 'object' ? aim[kind] : aim)

function cell(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '' : number(value, digits)
}

function aimCell(figure: Figure): string {
  const aims = [...new Set(KINDS.map((kind) => aimOf(figure, kind)))].filter((each) => each !== undefined)
  return aims.length === 0 ? '' : `${figure.better === 'more' ? 'at least' : 'at most'} ${aims.join(' and ')}`
}

/** The values of the last results by the names of their figures. */
export function readResults(text: string): Results {
  const results: Record<MeasuredOn, Record<string, number>> = { SQLite: {}, PostgreSQL: {} }
  for (const line of text.split('\n')) {
    const [, name, ...values] = line.split('|').map((each) => each.trim())
    if (name === undefined) continue
    for (const [index, kind] of KINDS.entries()) {
      const value = values[index]
      if (value !== undefined && value !== '' && Number.isFinite(Number(value))) results[kind][name] = Number(value)
    }
  }
  return results
}

/** Worse than it was by more than a fifth. */
export function isWorse({ better }: Pick<Figure, 'better'>, before: number, now: number): boolean {
  // A figure around nothing is as good as nothing.
  if (better === 'less') return now > before * TOLERANCE && now - before > 0.02
  return now * TOLERANCE < before
}

function machine(): string {
  const [first] = cpus()
  return `${cpus().length} × ${first?.model.trim() ?? 'processor'}, ${number(totalmem() / 2 ** 30, 0)} GiB, Node ${process.version}`
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' and uncommitted changes'}`
}

function page(figures: readonly Figure[], results: Results, load: string): string {
  const rows = figures.map((figure) => {
    const values = KINDS.map((kind) => cell(results[kind][figure.name], figure.digits))
    return `| ${[figure.name, ...values, aimCell(figure)].join(' | ')} |`
  })
  return `# Benchmarks

Written by \`npm run bench\`, which compares with what stands here. Ratios, since machines differ: to bare argon2id
verifications, to a bare server of Node, and to an empty app of Next's standalone server, all on the same machine in the
same run.

- Commit: ${commit()}
- Machine: ${machine()}
- Load of the machine before: ${load}
- Date: ${new Date().toISOString().slice(0, 10)}

| Figure | SQLite | PostgreSQL | Aim |
|---|---|---|---|
${rows.join('\n')}
`
}

/** Load of the machine over the last minute. */
export const loadNow = () => number(loadavg()[0] ?? 0, 1)

/** Says what was measured, in red what is worse than it was, and keeps it unless something is. */
export function tell(figures: readonly Figure[], results: Results, load: string, keepAnyway: boolean): void {
  const last = existsSync(FILE) ? readResults(readFileSync(FILE, 'utf8')) : { SQLite: {}, PostgreSQL: {} }
  const worse: string[] = []
  for (const figure of figures) {
    for (const kind of KINDS) {
      const [before, now] = [last[kind][figure.name], results[kind][figure.name]]
      if (now === undefined) continue
      const aim = aimOf(figure, kind)
      say(`${kind}: ${figure.name}`, number(now, figure.digits), aim === undefined ? '' : `aim ${aim}`)
      if (before !== undefined && isWorse(figure, before, now)) {
        worse.push(`${kind}: ${figure.name}: ${number(now, figure.digits)}, was ${number(before, figure.digits)}`)
      }
    }
  }
  for (const each of worse) process.stdout.write(`\u001b[31mworse by more than a fifth: ${each}\u001b[0m\n`)
  if (worse.length > 0 && !keepAnyway) {
    process.stdout.write(`${FILE} is left as it is; --keep writes these results\n`)
    process.exitCode = 1
    return
  }
  writeFileSync(FILE, page(figures, results, load))
  process.stdout.write(`written to ${FILE}\n`)
}
