/** What a check of the judge found (ARCHITECTURE.md). Every check is pure, so that the judge can be judged. */
export interface Violation {
  file: string
  line?: number
  rule: string
  reason: string
}

export function sentenceOf({ file, line, rule, reason }: Violation): string {
  return `${file}${line === undefined ? '' : `:${line}`} [${rule}] ${reason}`
}
