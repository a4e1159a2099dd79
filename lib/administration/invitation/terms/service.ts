import type { DbOrTx } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { lastMomentOf, remindedUntil } from '../../../identity/policy/rules'
import { policyById } from '../../../identity/policy/service'
import { tenantById } from '../../../identity/tenant/service'
import { userTypeOf } from '../../../identity/user/rules'
import type { Role, UserType } from '../../../identity/user/types'
import type { MailContent } from '../../../messaging/mail/types'
import { INVITATION_DAYS } from '../rules'
import type { InvitationTerms } from '../types'

/** What the company says of invitations now (R10, P8). */
export async function invitationTerms(
  deps: { db: DbOrTx } & Pick<Deps, 'clock'>,
  id: string,
): Promise<InvitationTerms> {
  const [tenant, policy] = await Promise.all([tenantById(deps, id), policyById(deps.db, id)])
  const now = deps.clock.now()
  const each = <T>(of: (type: UserType) => T) => ({ team: of('team'), end: of('end') })
  return {
    usualDays: tenant?.invitationDays ?? INVITATION_DAYS,
    required: each((type) => policy[type].required),
    deadline: each((type) => {
      const deadline = tenant === null ? null : remindedUntil(tenant, policy[type])
      return deadline !== null && deadline > now ? deadline : null
    }),
    app: each((type) => policy[type].kinds.includes('totp')),
  }
}

/** What the mail says; of the second factor only where one is set up on the way (R10). */
export function invitationMail(
  from: { by: string; tenantName: string },
  role: Role,
  terms: InvitationTerms,
  link: { until: Date; link: string },
): MailContent {
  const type = userTypeOf(role)
  const values = { by: from.by, tenant: from.tenantName, ...link }
  if (!terms.required[type]) return { template: 'invitation', values }
  const deadline = terms.deadline[type]
  const due = deadline === null ? null : lastMomentOf(deadline)
  return { template: 'invitation_setup', values: { ...values, due, app: terms.app[type] ? 1 : 0 } }
}

/** What a reminder says: the last moment at which its link works, and by when a second factor is due (R10, P8). */
export function reminderMail(
  tenant: string,
  role: Role,
  terms: InvitationTerms,
  { until, link }: { until: Date; link: string },
): MailContent {
  const type = userTypeOf(role)
  const deadline = terms.deadline[type]
  const due = deadline === null ? null : lastMomentOf(deadline)
  const values = { tenant, link, until: lastMomentOf(until), setUp: terms.required[type] ? 1 : 0, due }
  return { template: 'invitation_reminder', values }
}
