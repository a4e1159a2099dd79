import { shownLink } from '../../core/kernel/links'
import type { HelpLine } from './types'

/** The address of the sign-in that carries a tenant's name, logo and accent (X6). */
export function signInUrlOf(publicUrl: string, { slug }: { slug: string }): string {
  return `${publicUrl}/sign-in?tenant=${slug}`
}

/** What stands on pages and in texts of it; null where the company says nothing. */
export function helpLine({ helpText, helpUrl }: { helpText: string | null; helpUrl: string | null }): HelpLine | null {
  const shown = helpUrl === null ? null : shownLink(helpUrl)
  const link = helpUrl === null || shown === null ? null : { href: helpUrl, shown }
  return helpText === null && link === null ? null : { text: helpText ?? '', link }
}
