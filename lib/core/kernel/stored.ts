/** A raw row differs by database: dates come as text, number or Date, booleans as 0 and 1 or as booleans. */
export function asDate(value: unknown): Date | null {
  if (value === null || value === undefined) return null
  return value instanceof Date
    ? value
    : new Date(typeof value === 'bigint' ? Number(value) : (value as string | number))
}

export function asSureDate(value: unknown): Date {
  const date = asDate(value)
  if (date === null) throw new Error('a date is missing in a row')
  return date
}

export function asBoolean(value: unknown): boolean {
  return value === true || value === 1 || value === 1n
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is missing in a row')
  return value
}

export function asTextOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : asText(value)
}
