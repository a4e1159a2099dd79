import { type Blanked, blankPerson } from '../../audit/blanking/service'
import type { Kept, RetentionDecision } from '../../audit/retention/rules'
import { setRetention } from '../../audit/retention/service'
import { recordEvent } from '../../audit/service'
import { INSTALLATION } from '../../audit/types'
import { transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import type { Operator } from '../../identity/actor/types'
import { lockTenant } from '../../identity/policy/service'
import { tenantById } from '../../identity/tenant/service'
import { normaliseEmail } from '../../identity/user/rules'
import { managersOf, personByEmail } from '../../identity/user/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'

/**
 * How long the audit log of a tenant, or of the installation, is kept (X12): by whoever runs the server, since its
 * files hold what is deleted. The owners are told of a shorter time before it counts.
 */
export function changeRetention(
  deps: Deps,
  operator: Operator,
  { tenantId, days }: { tenantId: string; days: Kept },
): Promise<RetentionDecision> {
  return transact(deps, async (deps) => {
    if (tenantId !== INSTALLATION) await lockTenant(deps.db, tenantId)
    const { before, ...decision } = await setRetention(deps, tenantId, days)
    if (decision.outcome !== 'change') return decision
    await recordEvent(deps, {
      tenantId,
      kind: 'audit_retention_changed',
      actor: { kind: 'operator' },
      request: operator.request,
      data: { before: before.days ?? 'for ever', after: days ?? 'for ever', until: decision.effectiveAt.toISOString() },
    })
    if (decision.shorter && days !== null && tenantId !== INSTALLATION) {
      const tenant = await tenantById(deps, tenantId)
      const values = {
        tenant: tenant?.name ?? '',
        when: decision.effectiveAt,
        days,
        link: `${deps.publicUrl}/admin/${tenant?.slug ?? ''}/security/audit`,
      }
      for (const { reader } of await managersOf(deps, tenantId, ['owner'])) {
        await enqueueMail(deps, { ...reader, template: 'log_retention', values })
      }
    }
    return decision
  })
}

/** What is personal to somebody goes from the log (X12); found by the address that they have, or were invited by. */
export async function forgetInLog(deps: Deps, operator: Operator, typed: string): Promise<Blanked | null> {
  const email = normaliseEmail(typed)
  if (!email.ok) return null
  const found = await personByEmail(deps.db, email.value)
  const whose = [{ invited: email.value }, ...(found === null ? [] : [{ id: found.person.id }])]
  return blankPerson(deps, whose, operator)
}
