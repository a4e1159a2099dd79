/**
 * What a link shows of where it leads: the host of a page, an email, a number. Null for what no page of ours links to.
 */
export function shownLink(href: string): string | null {
  if (!URL.canParse(href)) return null
  const { protocol, host, pathname } = new URL(href)
  if (protocol === 'https:') return host
  return protocol === 'mailto:' || protocol === 'tel:' ? pathname : null
}
