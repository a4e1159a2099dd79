export interface FactorCounters {
  /** Counts every consecutive failure of the person. */
  person: string
  /** The budget of the known device the person is at, if any. */
  device: string | null
}
