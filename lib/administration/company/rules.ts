import { normaliseEmail } from '../../identity/user/rules'

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

/** In one line: "IT desk, room 12, ext. 400". */
export const MAX_HELP_TEXT = 160

/**
 * Where a click for help leads: a page as the start page, one mailbox without anything written for its sender, or a
 * number. Null for nothing, undefined for what is none of them.
 */
export function readHelpUrl(typed: string): string | null | undefined {
  const text = typed.trim()
  if (/^mailto:/i.test(text)) {
    const email = normaliseEmail(text.slice('mailto:'.length))
    // What an address of a link could be read as more than a mailbox.
    return email.ok && !/[?&%#/]/.test(email.value) ? `mailto:${email.value}` : undefined
  }
  if (/^tel:/i.test(text)) {
    const number = text.slice('tel:'.length).replace(/[\s().-]/g, '')
    return /^\+?\d{3,20}$/.test(number) ? `tel:${number}` : undefined
  }
  return readStartUrl(text)
}
