/** A check gives null, or what it found wrong. */
export type Check = readonly [what: string, check: () => string | null | Promise<string | null>]

export interface Party {
  name: string
  /** Installs what is needed; a sentence that says what to do where it may not. */
  provide(): string | null
  checks(): readonly Check[] | Promise<readonly Check[]>
}
