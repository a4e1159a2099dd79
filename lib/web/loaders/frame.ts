import { redirect } from 'next/navigation'
import type { ConsoleAct } from '../../administration/doors/types'
import { countOpenRequests } from '../../administration/resets/service'
import { codesLeftOf } from '../../authentication/account/codes/service'
import type { Assured, OverClient, TeamMember, TenantAdmin } from '../../identity/actor/types'
import { isConsoleRole } from '../../identity/user/rules'
import type { MembershipView } from '../../identity/user/types'
import { countDeadMessages } from '../../messaging/mail/outbox-service'
import { asHomeAdmin, overClient, partnerAdmin, provedFor, teamMember, tenantAdmin } from '../gate/guard'
import { stepUpFor } from '../paths'
import { deps, world } from '../server/deps'
import { isFormPosted, setStatus } from '../server/response'

export interface FrameView {
  actor: Assured
  /** The membership by which the page is seen: what the navigation leads through. */
  at: MembershipView
  codesLeft: number | null
  directoryMail: boolean
  /** For owners and admins: messages to their people that failed for good in the last day. */
  deadMessages: number
  /** For them as well: requests for a reset that wait for a decision (R6). */
  openRequests: number
}

export async function frameOf(actor: Assured | TeamMember | TenantAdmin | OverClient): Promise<FrameView> {
  const at = 'partner' in actor ? actor.partner : 'tenant' in actor ? actor.tenant : actor.home
  const admin = at.tenant.id === actor.person.tenantId ? await asHomeAdmin(actor) : await adminAbroad(at)
  const [codesLeft, deadMessages, openRequests] = await Promise.all([
    codesLeftOf(deps(), actor),
    admin === null ? 0 : countDeadMessages(deps(), admin),
    admin === null ? 0 : countOpenRequests(deps(), admin),
  ])
  const directoryMail = world().config.mail.transport === 'directory'
  return { actor, at, codesLeft, directoryMail, deadMessages, openRequests }
}

/** Whoever manages a tenant that is not their home. */
async function adminAbroad({ role, tenant }: MembershipView): Promise<TenantAdmin | null> {
  return isConsoleRole(role) ? tenantAdmin(tenant.slug) : null
}

/**
 * Shows the console's frame around what is loaded for this actor, or says 404: who may not see it, and what is not
 * there.
 */
function framed<Actor extends Assured, Where = string>(gate: (where: Where) => Promise<Actor | null>) {
  return <Args extends unknown[], View extends object>(
    load: (actor: Actor, ...args: Args) => Promise<View | null>,
  ): ((where: Where, ...args: Args) => Promise<(FrameView & { actor: Actor } & View) | null>) => {
    return async (where, ...args) => {
      const actor = await gate(where)
      const [frame, view] = actor === null ? [] : await Promise.all([frameOf(actor), load(actor, ...args)])
      if (actor === null || !frame || !view) {
        setStatus(404)
        return null
      }
      return { ...frame, ...view, actor }
    }
  }
}

/** A page for owners and admins of the tenant; null for anyone else, and where there is nothing to show. */
export const consolePage = framed(tenantAdmin)

/** A page for owners and admins of a partner; null for anyone else. */
export const partnerPage = framed(partnerAdmin)

/** A page of a partner about a tenant below it; null for anyone else, and of any other tenant (S15). */
export const clientPage = framed(overClient)

/** A page for every team member of the tenant; null for anyone else. */
export const memberPage = framed(teamMember)

/**
 * Leads to the proof that belongs to the act before its page is filled in. Not in the answer to a form: its action has
 * asked already, and what was typed would be lost.
 */
export function proveFirst(act: ConsoleAct, admin: TenantAdmin, path: string): void {
  if (!isFormPosted() && provedFor(act, admin) === null) redirect(stepUpFor(path))
}

/** What a page gets that is there. */
export type LoadedPage<Loader extends (...args: never[]) => Promise<unknown>> = NonNullable<Awaited<ReturnType<Loader>>>
