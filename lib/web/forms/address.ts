import type { EmailLinkResult } from '../../authentication/email-change/service'
import type { Answer } from '../gate/action'
import { clearCookie } from '../gate/cookies'
import { assured } from '../gate/guard'
import { LINK_COOKIE } from '../server/request'

/** What a confirmed or undone change of address means for the browser that opened the link. */
export async function addressAnswer(
  result: EmailLinkResult<unknown>,
  notice: 'address_confirmed' | 'address_restored',
): Promise<Answer> {
  if (result.ok) {
    await clearCookie(LINK_COOKIE)
    const signedIn = notice === 'address_confirmed' && (await assured()) !== null
    return { to: `${signedIn ? '/account/security' : '/sign-in'}?notice=${notice}` }
  }
  switch (result.code) {
    case 'throttled':
      return { error: result.code, until: result.detail.until }
    case 'link_dead':
      return { error: 'mail_link_dead' }
    case 'address_taken':
      return { error: 'address_held' }
  }
}
