import { recordEvent } from '../../../audit/service'
import { transact } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { findBrowser } from '../../../credentials/device/service'
import { factorsOf } from '../../../credentials/factor/service'
import { LINK_TTL, MAGIC_LINK_MINUTES } from '../../../credentials/link/rules'
import { endLinks, findLink, lockRecipient, makeLink, mayMakeLink, spendLink } from '../../../credentials/link/service'
import type { LinkRequest } from '../../../credentials/link/types'
import type { Wait } from '../../../credentials/throttle/service'
import type { Visitor } from '../../../identity/actor/types'
import { effectivePolicy, maskEmail, mayUsePages } from '../../../identity/user/rules'
import { lockPerson, personByEmail, personById } from '../../../identity/user/service'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { personEvent } from '../attempt/service'
import { linkServes, safeReturnPath } from '../rules'
import { openAttempt, type Started } from '../start/service'

export type LinkStartCode = 'link_dead' | 'password_needed'

/** Spends the link (U1, R12); it stands for the password and for a verified device, and for no factor (S20). */
export async function startWithLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<Started, LinkStartCode> | Result<never, 'throttled', Wait>> {
  const found = await findLink(deps, visitor, 'magic', token)
  if (!found.ok) return found
  const link = found.value
  const now = deps.clock.now()
  const holder = await personById(deps.db, link.userId)
  if (holder === null || !linkServes(holder.person, await factorsOf(deps.db, link.userId), deps.clock.now()))
    return err('password_needed')
  const { person } = holder
  const browser = await findBrowser(deps, visitor, person, effectivePolicy(person))
  const opened = await openAttempt(
    deps,
    visitor,
    {
      person,
      browser,
      readAt: now,
      row: { passwordProvedAt: null, linkProvedAt: now, mailProvedAt: now },
      settle: async (deps) => {
        await lockPerson(deps.db, person.id)
        if (!(await spendLink(deps, link))) return false
        // The first one used ends all (R9).
        await endLinks(deps, person.id, ['magic'])
        return true
      },
    },
    safeReturnPath(link.returnTo),
  )
  if (opened.ok) return opened
  return err(opened.code === 'gone' ? 'link_dead' : opened.code)
}

/**
 * The worker's answer to a request (U1); whom a link does not serve is told to use the password (S20). Links in hand
 * stay alive.
 */
export async function mailSignInLink(
  deps: Deps,
  linkRequest: LinkRequest,
  take: (deps: TransactionDeps) => Promise<boolean>,
): Promise<void> {
  const userId = (await personByEmail(deps.db, linkRequest.email))?.person.id ?? null
  const { address, userAgent } = linkRequest
  const asking = { request: { address, userAgent, requestId: null }, locale: linkRequest.locale }
  await transact(deps, async (deps) => {
    if (!(await take(deps))) return
    const found = await lockRecipient(deps, userId, linkRequest.email)
    if (found === null) return
    const { person } = found
    const served = linkServes(person, await factorsOf(deps.db, person.id), deps.clock.now())
    if (served && !(await mayMakeLink(deps, person.id, 'magic'))) return
    await recordEvent(deps, personEvent(person, asking, 'sign_in_link_requested', { actor: { kind: 'visitor' } }))
    const to = readerOf(person, linkRequest.locale)
    if (!served) {
      const values = { link: `${deps.publicUrl}/sign-in` }
      await enqueueMail(deps, { ...to, template: 'sign_in_link_refused', values })
      return
    }
    const link = await makeLink(deps, { kind: 'magic', userId: person.id, returnTo: linkRequest.returnTo })
    const values = { link, minutes: MAGIC_LINK_MINUTES, address, userAgent }
    const expiresAt = later(deps.clock.now(), LINK_TTL.magic)
    await enqueueMail(deps, { ...to, template: 'sign_in_link', values, expiresAt })
  })
}

/** What the page of the link shows (U1). */
export async function viewSignInLink(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<
  Result<{ tenantId: string; maskedEmail: string; userId: string }, 'link_dead'> | Result<never, 'throttled', Wait>
> {
  const link = await findLink(deps, visitor, 'magic', token)
  if (!link.ok) return link
  const person = (await personById(deps.db, link.value.userId))?.person
  if (person === undefined || !mayUsePages(person, deps.clock.now())) return err('link_dead')
  return ok({ tenantId: person.tenantId, maskedEmail: maskEmail(person.email), userId: person.id })
}
