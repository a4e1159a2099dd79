import type { Counts, ImportOutcome, ReadRow, RowOutcome, Tally } from '../types'

export function noTally(): Counts {
  return { added: 0, invited: 0, changed: 0, differs: 0, unchangeable: 0, unchanged: 0, left_out: 0, refused: 0 }
}

export function emptyTally(): Tally {
  return { counts: noTally(), problems: {}, roles: {} }
}

/** What brings somebody in. */
export const BRINGS_IN: readonly ImportOutcome[] = ['added', 'invited']

/** Whether some of these rows speak of people who are there. */
export function speaksOfSomebody(outcomes: readonly RowOutcome[]): boolean {
  return outcomes.some(({ change }) => change !== undefined)
}

/** Adds up rows with what becomes of them, so that nobody counts them anew for each look. */
export function addToTally(tally: Tally, rows: readonly ReadRow[], outcomes: readonly RowOutcome[]): void {
  for (const [index, { outcome, problem }] of outcomes.entries()) {
    const row = rows[index]
    tally.counts[outcome] += 1
    if (outcome === 'refused' && problem !== null) tally.problems[problem] = (tally.problems[problem] ?? 0) + 1
    if (row === undefined || 'problem' in row || !BRINGS_IN.includes(outcome)) continue
    const { role } = row.person
    tally.roles[role] = (tally.roles[role] ?? 0) + 1
  }
}

/** How many apps and codes of another system came along. */
export function broughtIn(rows: readonly ReadRow[], outcomes: readonly RowOutcome[]): { apps: number; codes: number } {
  const people = rows.flatMap((row, at) => (outcomes[at]?.outcome === 'added' && 'person' in row ? row.person : []))
  return {
    apps: people.filter(({ app }) => app !== null).length,
    codes: people.reduce((sum, { codes }) => sum + codes.length, 0),
  }
}

export function tallyOf(counted: readonly { outcome: ImportOutcome; count: number }[]): Counts {
  const counts = noTally()
  for (const { outcome, count } of counted) counts[outcome] += count
  return counts
}
