/** Where sealed entries are kept before they are deleted. */
export interface Archive {
  /**
   * Writes the lines to a file of this name that is whole and on the disk when it resolves; one of the same name is
   * replaced. Gives the file's SHA-256 in hexadecimal, as `sha256sum` prints it.
   */
  keep(name: string, lines: Iterable<string>): Promise<string>
}
