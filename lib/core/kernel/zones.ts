/** Zones of the IANA database as this Node lists them, UTC first. */
export const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const LISTED: ReadonlySet<string> = new Set(ZONES)

/** One that can be chosen. */
export function isZone(text: string): boolean {
  return LISTED.has(text)
}

/** What was stored, as long as this Node knows it, under whichever of its names; else UTC. */
export function zoneOf(stored: string | null | undefined): string {
  return stored !== null && stored !== undefined && (isZone(stored) || isKnown(stored)) ? stored : 'UTC'
}

function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
