/** Longer than addresses of pages that people type. */
const MAX_START_URL = 300

/**
 * The page that people are led on to, as a browser reads it: https, with a host and without a name or password in it,
 * so that what is shown of it is where it leads. Null for nothing, undefined for what is no such address.
 */
export function readStartUrl(typed: string): string | null | undefined {
  const text = typed.trim()
  if (text === '') return null
  if (text.length > MAX_START_URL || !URL.canParse(text)) return undefined
  const { protocol, hostname, username, password, href } = new URL(text)
  const plain = username === '' && password === ''
  return protocol === 'https:' && hostname !== '' && plain && href.length <= MAX_START_URL ? href : undefined
}

/** What a link to it shows. */
export function hostOf(startUrl: string): string {
  return new URL(startUrl).host
}
