import type { EmailLinkResult } from '../../authentication/email-change/service'
import type { NoticeResult } from '../../authentication/undoing/service'
import type { Answer } from '../gate/action'
import { assured } from '../gate/guard'

/** What a confirmed change of address means for the browser that opened the link. */
export async function confirmedAnswer(result: EmailLinkResult<unknown>): Promise<Answer> {
  if (!result.ok) return refusedAnswer(result)
  const signedIn = (await assured()) !== null
  return { to: `${signedIn ? '/account/security' : '/sign-in'}?notice=address_confirmed` }
}

/** What the way back of a notice means for it. */
export async function takenBackAnswer(
  result: NoticeResult<unknown>,
  notice: 'address_restored' | 'stopped' | 'reset_cancelled',
): Promise<Answer> {
  if (!result.ok) return refusedAnswer(result)
  return { to: `/sign-in?notice=${notice}` }
}

function refusedAnswer(result: Extract<EmailLinkResult<unknown>, { ok: false }>): Answer {
  switch (result.code) {
    case 'throttled':
      return { error: result.code, until: result.detail.until }
    case 'link_dead':
      return { error: 'mail_link_dead', status: 403 }
    case 'address_taken':
      return { error: 'address_held' }
  }
}
