import { execFileSync } from 'node:child_process'
import type { Secrets } from './secrets'

const STEP = 30

/** The code of this key at this number of steps from now. */
function codeOf(key: string, offset: number): string {
  const time = new Date(Date.now() + offset * STEP * 1000).toISOString().replace('T', ' ').slice(0, 19)
  return execFileSync('oathtool', ['--totp', '-b', key, '-N', `${time} UTC`], { encoding: 'utf8' }).trim()
}

/** An authenticator app on a phone: somebody else's RFC 6238, so that ours is not judged by itself. */
export class Authenticator {
  readonly key: string
  readonly issuer: string
  readonly account: string
  #last = 0

  constructor(
    uri: string,
    private readonly secrets: Secrets,
    /** Lets the server forget which step was used last, in the test's own database, instead of waiting. */
    private readonly rewind: () => Promise<void> = async () => undefined,
  ) {
    const url = new URL(uri)
    this.key = url.searchParams.get('secret') ?? ''
    this.issuer = url.searchParams.get('issuer') ?? ''
    this.account = decodeURIComponent(url.pathname.split(':').at(-1) ?? '')
    this.secrets.add('key', this.key, this.key.match(/.{1,4}/g)?.join(' ') ?? '')
  }

  /** What the app shows at this number of steps from now. */
  at(offset: number): string {
    const code = codeOf(this.key, offset)
    this.secrets.add('passcode', code)
    return code
  }

  /** A code that was not used yet: of this step, of the next one, and then the server's memory is rewound. */
  async next(): Promise<string> {
    const now = Math.floor(Date.now() / 1000 / STEP)
    if (this.#last > now) {
      await this.rewind()
      this.#last = 0
    }
    const offset = this.#last === now ? 1 : 0
    this.#last = now + offset
    return this.at(offset)
  }
}
