import { isUnreadableRow, type Unreadable, UnreadableRow } from './unreadable'

/** Of a value whose place the caller knows: `inPlace` adds it. */
function unreadable(problem: Unreadable): UnreadableRow {
  return new UnreadableRow([{ table: '', id: null, column: null, problem }])
}

/** A raw row differs by database: dates come as text, number or Date, booleans as 0 and 1 or as booleans. */
export function asDate(value: unknown): Date | null {
  if (value === null || value === undefined) return null
  const date =
    value instanceof Date ? value : new Date(typeof value === 'bigint' ? Number(value) : (value as string | number))
  // One that is none compares as false: it would never be over.
  if (Number.isNaN(date.getTime())) throw unreadable('no_date')
  return date
}

export function asSureDate(value: unknown): Date {
  const date = asDate(value)
  if (date === null) throw unreadable('no_date')
  return date
}

export function asBoolean(value: unknown): boolean {
  if (value === true || value === 1 || value === 1n) return true
  if (value === false || value === 0 || value === 0n) return false
  throw unreadable('no_boolean')
}

export function asNumber(value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) throw unreadable('no_number')
  return number
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw unreadable('no_text')
  return value
}

export function asTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : asText(value)
}

/** One of these words. */
export function asOneOf<Word extends string>(words: readonly Word[]): (value: unknown) => Word {
  return (value) => {
    const word = words.find((each) => each === value)
    if (word === undefined) throw unreadable('unknown_value')
    return word
  }
}

/** What `read` makes of a value; where it cannot be read, the error says which it is. */
export function inPlace<T>(
  place: { table: string; id: unknown; column: string },
  read: (value: unknown) => T,
  value: unknown,
): T {
  try {
    return read(value)
  } catch (error) {
    if (!isUnreadableRow(error) || error.places[0].table !== '') throw error
    const id = typeof place.id === 'string' ? place.id : null
    throw new UnreadableRow([{ ...place, id, problem: error.places[0].problem }])
  }
}

/** Reads the columns of one table out of a row that several are joined in; `prefix` is before each name. */
export function columnsOf(row: Readonly<Record<string, unknown>>, table: string, prefix: string, id: unknown) {
  return <T>(column: string, read: (value: unknown) => T): T =>
    inPlace({ table, id, column }, read, row[`${prefix}${column}`])
}
