import { cache } from 'react'
import { viewInvitation } from '../../administration/invitation/accept/service'
import { INVITATION_PATH } from '../../administration/invitation/rules'
import { viewReset } from '../../authentication/account/password/service'
import { viewEmailLink } from '../../authentication/email-change/service'
import { viewSignInLink } from '../../authentication/signin/link/service'
import { viewNotice } from '../../authentication/undoing/service'
import type { Deps } from '../../core/deps'
import { LINK_PAGES } from '../../credentials/link/rules'
import { CARRIED_KINDS, type CarriedKind, type NoticeKind } from '../../credentials/link/types'
import type { HelpLine } from '../../identity/tenant/types'
import { assured, browserSession, openedLink } from '../gate/guard'
import { deps } from '../server/deps'
import { setStatus } from '../server/response'
import { helpOf } from './help'

/**
 * A page of a mailed link and the frame around it look at the link once (R12); null when it is dead, or too many were.
 */
function opening<T extends object>(
  kind: CarriedKind,
  look: (
    deps: Deps,
    ...rest: [Awaited<ReturnType<typeof openedLink>>['actor'], string]
  ) => Promise<{ ok: true; value: T } | { ok: false; code: string }>,
) {
  return cache(async (named: string | undefined): Promise<(T & { ref: string }) | null> => {
    const { actor, token, ref } = await openedLink(kind, named)
    const result = await look(deps(), actor, token)
    if (result.ok) return { ...result.value, ref }
    setStatus(result.code === 'throttled' ? 429 : 403)
    return null
  })
}

const notice = (kind: NoticeKind) => opening(kind, (deps, actor, token) => viewNotice(deps, actor, kind, token))
const OPENED = {
  magic: opening('magic', viewSignInLink),
  reset: opening('reset', viewReset),
  address: opening('address', viewEmailLink),
  undo: notice('undo'),
  cancel: notice('cancel'),
  stop: notice('stop'),
  invitation: opening('invitation', viewInvitation),
}

/** Whose mail brought the link that the page at this address is about; null where it is about none, or it is dead. */
export async function tenantOfLink(path: string): Promise<string | null> {
  const [page, search] = path.split('?')
  const kind = CARRIED_KINDS.find((each) => (each === 'invitation' ? INVITATION_PATH : LINK_PAGES[each]) === page)
  if (kind === undefined) return null
  return (await OPENED[kind](new URLSearchParams(search).get('link') ?? undefined))?.tenantId ?? null
}

type Shown = { link?: string }

/** `leaves`: who is signed in here and would be signed out by it, where that is somebody else. */
export async function loadSignInLink(search: Shown) {
  const view = await OPENED.magic(search.link)
  if (view === null) return null
  const { userId, ...shown } = view
  const here = (await browserSession())?.person
  return { ...shown, leaves: here === undefined || here.id === userId ? null : here.name }
}

export function loadReset(search: Shown) {
  return OPENED.reset(search.link)
}

export function loadAddressLink(search: Shown) {
  return OPENED.address(search.link)
}

/** What the way back of a notice would end, before its button is pressed (R11). */
export function loadNotice(kind: NoticeKind, search: Shown) {
  return OPENED[kind](search.link)
}

/**
 * The invitation this browser opened (R10). `isThis`: the browser is signed in as the one who is invited; `other`: as
 * somebody else; `leaves`: who would be signed out by the new account.
 */
export async function loadInvitation(search: Shown) {
  const view = await OPENED.invitation(search.link)
  if (view === null) return null
  const signedIn = await assured()
  const isThis = signedIn?.person.email === view.email
  const leaves = view.hasAccount ? null : ((await browserSession())?.person.name ?? null)
  const help: HelpLine | null = await helpOf(view.tenantId)
  return { ...view, help, isThis, other: signedIn !== null && !isThis, leaves }
}
