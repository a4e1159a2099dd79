import Bowser from 'bowser'

const BROWSERS = new Set<string>(Object.values(Bowser.BROWSER_MAP))
const SYSTEMS = new Set<string>(Object.values(Bowser.OS_MAP))

/**
 * Browser and system by name, such as `Firefox, Windows`; null when neither is known. Only names of the library's own
 * tables come out: whoever tries to sign in chooses the header, and must not write into somebody's mail.
 */
export function describeUserAgent(userAgent: string | null): string | null {
  if (!userAgent) return null
  const parsed = Bowser.getParser(userAgent.slice(0, 400))
  const browser = parsed.getBrowserName()
  const system = parsed.getOSName()
  const names = [BROWSERS.has(browser) ? browser : null, SYSTEMS.has(system) ? system : null]
  return names.filter((name) => name !== null).join(', ') || null
}
