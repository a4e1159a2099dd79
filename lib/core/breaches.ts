import { sha1Hex } from './crypto/digest'
import { minutes } from './kernel/time'
import { log } from './log'

/** Asks elsewhere whether a password is known from a breach; null when no answer came (ASVS 6.2.12). */
export interface Breaches {
  has(password: string): Promise<boolean | null>
}

/** What leaves this server of a password: these many of the forty digits of its SHA-1. */
const PREFIX = 5
/** More than any range with its padding. */
const MAX_CHARACTERS = 1_000_000
const LINE_INTERVAL = minutes(1)

/**
 * The range look-up that Have I Been Pwned serves, by k-anonymity: five digits go out, the rest is compared here, and
 * padding hides how long the answer is. Fails open: what cannot be asked is not refused, and the log says so.
 */
export function createBreaches({ baseUrl, within }: { baseUrl: string; within: number }): Breaches {
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    async has(password) {
      const digest = sha1Hex(password)
      try {
        const answer = await fetch(`${baseUrl.replace(/\/$/, '')}/range/${digest.slice(0, PREFIX)}`, {
          headers: { 'Add-Padding': 'true', 'User-Agent': 'Twofold' },
          redirect: 'error',
          signal: AbortSignal.timeout(within),
        })
        if (!answer.ok) throw new Error(`status ${answer.status}`)
        return isIn(await textOf(answer), digest.slice(PREFIX))
      } catch (error) {
        const now = performance.now()
        if (now - toldAt >= LINE_INTERVAL) {
          toldAt = now
          const cause = error instanceof Error ? error.message : 'unknown'
          log().warn(
            { cause },
            'breached passwords could not be looked up: new passwords are compared with our own alone',
          )
        }
        return null
      }
    },
  }
}

async function textOf(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true })
    if (text.length > MAX_CHARACTERS) throw new Error('the answer is too long')
  }
  return text
}

/** A line is the rest of a digest and how often it was seen; padding was seen never. */
function isIn(text: string, rest: string): boolean {
  return text.split('\n').some((line) => {
    const [suffix, seen] = line.trim().split(':')
    return suffix?.toUpperCase() === rest && Number(seen) > 0
  })
}
