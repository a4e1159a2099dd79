/** Whose tries and messages are counted; nobody else can use up what a known device has for itself (S30). */
export interface FactorCounters {
  /** Counts every consecutive failure of the person, and the rounds of browsers that are not known. */
  person: string
  /** The failures at browsers that are not known, which can use up but a part of the person's (N12). */
  unknown: string
  /** The rounds of the known device the person is at, if any. */
  device: string | null
  /** The tries are somebody else's: they use up no more than browsers that are not known. */
  ofOthers: boolean
  /** The passcodes that were sent, in a quarter of an hour and in a day (N7). */
  messages: readonly [quarter: string, day: string]
}
