/** A time without the requirement, as far as it counts: up to its end, or to when it was taken back (U9). */
export interface Exemption {
  startsAt: Date
  endsAt: Date
  endedAt: Date | null
}
