/** Why a stored value says nothing. */
export type Unreadable =
  | 'unknown_value'
  | 'no_date'
  | 'no_number'
  | 'no_boolean'
  | 'no_text'
  | 'no_hash'
  | 'no_json'
  | 'broken_seal'
  | 'missing'

/** Where it is, and never the value (S10, S16). */
export interface UnreadablePlace {
  table: string
  /** The row's id, or what stands for one; null where it is not known. */
  id: string | null
  column: string | null
  problem: Unreadable
}

/**
 * A row that is there and cannot be read, although no key is missing (N41). Whoever it concerns is stopped by it, with
 * nothing counted; lists pass over it.
 */
export class UnreadableRow extends Error {
  override name = 'UnreadableRow'
  readonly code = 'UNREADABLE_ROW'
  constructor(readonly places: readonly [UnreadablePlace, ...UnreadablePlace[]]) {
    super(places.map(inWords).join('; '))
  }
}

/** By its name: an error made in one bundle is no instance of the class of another. */
export function isUnreadableRow(error: unknown): error is UnreadableRow {
  return error instanceof Error && error.name === 'UnreadableRow'
}

const IN_WORDS: Readonly<Record<Unreadable, string>> = {
  unknown_value: 'has a value that this version does not know',
  no_date: 'is no date',
  no_number: 'is no number',
  no_boolean: 'is neither true nor false',
  no_text: 'is no text',
  no_hash: 'is no hash that can be verified',
  no_json: 'is no JSON',
  broken_seal: 'does not open under its key',
  missing: 'is missing',
}

export function inWords({ table, id, column, problem }: UnreadablePlace): string {
  const row = id === null ? table : `${table} ${id}`
  return column === null ? `${row}: the row ${IN_WORDS[problem]}` : `${row}: ${column} ${IN_WORDS[problem]}`
}

type Listener = (error: UnreadableRow) => void

// One a process, even when this module is bundled twice.
const key = Symbol.for('twofold.unreadable')
const shared = globalThis as { [key]?: Listener | undefined }

/** Told of each row that is passed over. */
export function onPassedOver(listener: Listener | undefined): void {
  shared[key] = listener
}

/** What one row is read for is not kept up by it. */
export function tellPassedOver(error: UnreadableRow): void {
  shared[key]?.(error)
}

/** For the `AND` of a query: not these. None is said of nobody, so that indexes are chosen as ever. */
export function notAmong(ids: readonly string[]): { id: { notIn: string[] } }[] {
  return ids.length === 0 ? [] : [{ id: { notIn: [...ids] } }]
}

/** What is read of one among many; null where it cannot be, which is told of. */
export function orPassedOver<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!isUnreadableRow(error)) throw error
    tellPassedOver(error)
    return null
  }
}
