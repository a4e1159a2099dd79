import type { RetentionState } from './rules'

/** Where sealed entries are kept before they are deleted. */
export interface Archive {
  /**
   * Writes the lines to a file of this name that is whole and on the disk when it resolves; one of the same name is
   * replaced. Gives the file's SHA-256 in hexadecimal, as `sha256sum` prints it.
   */
  keep(name: string, lines: Iterable<string>): Promise<string>
}

/** How long the log of a tenant is kept, as its owners and admins see it. */
export interface RetentionView extends RetentionState {
  /** When it was last set; null where it never was, or the log does not reach back. */
  setAt: Date | null
  /** What was deleted of it so far. */
  gone: { entries: number; from: Date; to: Date } | null
}
