import type { Violation } from './violation'

export interface Limit {
  line: number
  id: string
  /** What it says: `10 in 15 minutes`. */
  value: string
  path: string
  /** The constants in that file, with the unit of a bare number where the name has none. */
  constants: readonly { name: string; unit: string | null }[]
}

/**
 * Tables of limits: below a heading that ends with the file in which they are, rows of id, limit, value, constants.
 * `| N13 | wrong passwords per address | 10 in 15 minutes | `PASSWORD_PER_ADDRESS` |`
 */
export function readLimits(document: string): Limit[] {
  const limits: Limit[] = []
  let path = ''
  for (const [index, text] of document.split('\n').entries()) {
    if (text.startsWith('#')) path = /`([\w./-]+\.ts)`$/.exec(text)?.[1] ?? ''
    const [, id = '', value = '', names = ''] = /^\| ([A-Z]{1,2}\d+) \|[^|]+\|([^|]+)\| (`[^|]+) \|$/.exec(text) ?? []
    if (id === '' || (path === '' && !id.startsWith('N'))) continue
    const constants = [...names.matchAll(/`(\w+)`(?: in (\w+))?/g)].map(([, name = '', unit = null]) => ({
      name,
      unit,
    }))
    limits.push({ line: index + 1, id, value: value.trim(), path, constants })
  }
  return limits
}

const UNITS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  KiB: 1_024,
  MiB: 1_048_576,
}

function sizeOf(unit: string): number {
  return UNITS[unit.replace(/s$/, '')] ?? UNITS[unit.toLowerCase().replace(/s$/, '')] ?? 1
}

/** Numbers in words, each in milliseconds, bytes or as a count. */
function quantitiesIn(text: string): number[] {
  return [...text.matchAll(/(?<![\w-])(\d[\d,]*)(?: (\w+))?/g)].map(
    ([, digits = '', unit = '']) => Number(digits.replaceAll(',', '')) * sizeOf(unit),
  )
}

/** Numbers of a constant; a name that ends with a unit, or the table, says what a bare one counts. */
function numbersOf(value: unknown, name: string, unit: string | null): { number: number; or: number }[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => numbersOf(each, `${name}_${key}`, unit))
  }
  if (typeof value !== 'number') return []
  const named = /(?:_|(?<=[a-z]))(seconds|minutes|hours|days)$/i.exec(name)?.[1] ?? unit
  return [{ number: named === null ? value : value * sizeOf(named), or: named === unit ? value : Number.NaN }]
}

/** What each row says is what its constants are: every number of the one among those of the other. */
export function checkLimits(
  document: string,
  file: string,
  constantOf: (path: string, name: string) => unknown,
): Violation[] {
  return readLimits(document).flatMap(({ line, id, value, path, constants }) => {
    const report = (reason: string): Violation => ({ file, line, rule: 'limits', reason: `${id}: ${reason}` })
    const lost = constants.filter(({ name }) => constantOf(path, name) === undefined)
    if (lost.length > 0) return lost.map(({ name }) => report(`${name} is not in ${path}`))
    const said = quantitiesIn(value)
    const meant = constants.flatMap(({ name, unit }) => numbersOf(constantOf(path, name), name, unit))
    const matches = (quantity: number) => meant.some(({ number, or }) => number === quantity || or === quantity)
    const isSaid = meant.filter(({ number, or }) => !said.includes(number) && !said.includes(or))
    const names = constants.map(({ name }) => name).join(', ')
    return [
      ...said.filter((quantity) => !matches(quantity)).map((quantity) => report(`${names} has no ${quantity}`)),
      ...isSaid.map(({ number }) => report(`${names} is ${number}, and "${value}" does not say so`)),
    ]
  })
}

const TIME = /(?<![\w-])\d[\d,]* (?:second|minute|hour|day)s?\b/g

/** A time in a sentence has the id of its limit behind it, in the same paragraph: a row of that id says the same. */
export function checkTimesInWords(document: string, file: string): Violation[] {
  const rows = new Map<string, number[]>()
  for (const { id, value } of readLimits(document)) rows.set(id, [...(rows.get(id) ?? []), ...quantitiesIn(value)])
  let line = 1
  return document.split(/(?<=\n)(?=\n|- |\d\. )/).flatMap((paragraph) => {
    const begins = line
    line += paragraph.split('\n').length - 1
    const words = paragraph.replace(/^\|.*$/gm, '')
    return [...words.matchAll(TIME)].flatMap(({ 0: time, index }) => {
      const ids = words.slice(index).match(/\b[A-Z]{1,2}\d+\b/g) ?? []
      const [quantity = Number.NaN] = quantitiesIn(time)
      if (ids.some((id) => rows.get(id)?.includes(quantity))) return []
      return [{ file, line: begins, rule: 'limits', reason: `${time}: no limit whose id stands behind it says so` }]
    })
  })
}
