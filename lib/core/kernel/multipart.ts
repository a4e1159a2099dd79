/** What parts the parts of a form from each other (RFC 2046 5.1.1, RFC 7578); null where it is no such form. */
export function delimiterIn(type: string): string | null {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))$/i.exec(type) ?? []
  const boundary = quoted ?? plain
  return boundary === undefined ? null : `--${boundary}`
}

/**
 * Whether a form has this many parts at most. General readers take much more than twice as long for twice as many, and
 * minutes for what fits into a file; without parts, in pairs of another kind of form, as well.
 */
export function hasFewParts(type: string, form: Buffer, most: number): boolean {
  const delimiter = delimiterIn(type)
  if (delimiter === null) return false
  let parts = 0
  for (let at = form.indexOf(delimiter); at >= 0; at = form.indexOf(delimiter, at + delimiter.length)) {
    parts += 1
    // The last one ends the form.
    if (parts > most + 1) return false
  }
  return true
}
