import { redirect } from 'next/navigation'
import { INVITATION_PATH } from '@/lib/administration/invitation/rules'
import { LINK_PAGES, linkRef } from '@/lib/credentials/link/rules'
import { CARRIED_KINDS } from '@/lib/credentials/link/types'
import { carryLink } from '@/lib/web/gate/cookies'
import { visitor } from '@/lib/web/gate/guard'

/** A mailed link is looked at by nothing here and changes nothing (R12): it leads to a page with a button. */
export async function GET(request: Request, { params }: { params: Promise<{ kind: string }> }): Promise<never> {
  await visitor()
  const { kind: named } = await params
  const kind = CARRIED_KINDS.find((each) => each === named)
  if (kind === undefined) redirect('/sign-in')
  const token = new URL(request.url).searchParams.get('token') ?? ''
  // A cookie holds what a link can be, and nothing else that a stranger may write into an address.
  const link = { kind, token: token.slice(0, 60).replace(/[^\w-]/g, '') }
  await carryLink(link)
  redirect(`${kind === 'invitation' ? INVITATION_PATH : LINK_PAGES[kind]}?link=${linkRef(link.token)}`)
}
