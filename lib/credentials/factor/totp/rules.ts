/** What a TOTP key is sealed to (S16). */
export function keyBinding(tenantId: string, userId: string, factorId: string): string[] {
  return ['totp-key', tenantId, userId, factorId]
}

/** A passcode that was refused would have fitted this step, so many steps from the server's (X4). */
export interface ClockHint {
  factorId: string
  offset: number
  step: number
}

/** Of the passcode typed just now: what the offset is in seconds, by the period of its app. */
export interface FreshHint extends ClockHint {
  seconds: number
}

/**
 * By how much the clock of which phone is off, once two successive passcodes of one app fit two steps with one offset
 * (X4); null otherwise. A step that comes twice is one passcode typed twice.
 */
export function clockOffset(before: readonly ClockHint[], now: readonly FreshHint[]): FreshHint | null {
  const twice = now.find((hint) =>
    before.some(
      ({ factorId, offset, step }) => factorId === hint.factorId && offset === hint.offset && step !== hint.step,
    ),
  )
  return twice ?? null
}

/** For the attempt's row: `factor offset step`, one a line. */
export function writeHints(hints: readonly ClockHint[]): string | null {
  return hints.map(({ factorId, offset, step }) => `${factorId} ${offset} ${step}`).join('\n') || null
}

export function readHints(text: string | null): ClockHint[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [factorId = '', offset, step] = line.split(' ')
    return step === undefined ? [] : [{ factorId, offset: Number(offset), step: Number(step) }]
  })
}
