import type { EmailLinkResult } from '../../authentication/email-change/service'
import type { NoticeResult } from '../../authentication/undoing/service'
import type { Answer } from '../gate/action'
import { assured } from '../gate/guard'

/** What a confirmed change of address means for the browser that opened the link. */
export async function confirmedAnswer(result: EmailLinkResult<unknown>): Promise<Answer> {
  if (!result.ok) return refusedAnswer(result, 'mail_link_dead')
  const signedIn = (await assured()) !== null
  return { to: `${signedIn ? '/account/security' : '/sign-in'}?notice=address_confirmed` }
}

/** What the way back of a notice means for it. */
export async function takenBackAnswer(
  result: NoticeResult<unknown>,
  notice: 'address_restored' | 'stopped' | 'reset_cancelled',
): Promise<Answer> {
  // Nobody can request another one of these.
  if (!result.ok) return refusedAnswer(result, 'notice_link_dead')
  return { to: `/sign-in?notice=${notice}` }
}

function refusedAnswer(
  result: Extract<EmailLinkResult<unknown>, { ok: false }>,
  dead: 'mail_link_dead' | 'notice_link_dead',
): Answer {
  switch (result.code) {
    case 'throttled':
      return { error: result.code, until: result.detail.until }
    case 'link_dead':
      return { error: dead, status: 403 }
    case 'address_taken':
      return { error: 'address_held' }
  }
}
