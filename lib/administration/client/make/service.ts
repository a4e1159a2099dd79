import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { isUniqueViolation } from '../../../core/db'
import type { Deps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { Wait } from '../../../credentials/throttle/service'
import type { SteppedUpPartner } from '../../../identity/actor/types'
import { mustRequire } from '../../../identity/policy/rules'
import { addTenant } from '../../../identity/tenant/service'
import { normaliseEmail } from '../../../identity/user/rules'
import { actOnTree } from '../../acting/service'
import { addInvitations, sendIn, takeInvitationSlot } from '../../invitation/service'
import { slugOf } from '../../setup/rules'
import { isTooDeep } from '../rules'

export interface NewClient {
  name: string
  /** Empty: made of the name. */
  slug: string
  kind: 'partner' | 'customer'
  stage: 'trial' | 'production'
  owner: { name: string; email: string; locale: string }
}

export type MakeClientCode = 'slug_taken' | 'too_deep' | 'not_an_address' | 'not_permitted'

/**
 * A customer or a partner below this one, and the invitation of its first owner: an address that has an account
 * already is invited like any other, and nothing tells (T6). A partner in production begins with the requirement (U7).
 */
export async function makeClient(
  deps: Deps,
  actor: SteppedUpPartner,
  input: NewClient,
): Promise<Result<{ slug: string }, MakeClientCode> | Result<never, 'throttled', Wait>> {
  const email = normaliseEmail(input.owner.email)
  if (!email.ok) return email
  const slot = await takeInvitationSlot(deps, email.value)
  if (!slot.ok) return slot
  const partner = actor.tenant.tenant
  const name = input.name.normalize('NFC').trim()
  const now = deps.clock.now()
  const tenant = {
    id: newId(now, deps.random),
    slug: input.slug === '' ? slugOf(name) : input.slug,
    name,
    kind: input.kind,
    stage: input.stage,
    parentId: partner.id,
    createdAt: now,
  }
  const owner = { ...input.owner, name: input.owner.name.normalize('NFC').trim(), email: email.value }
  try {
    return await actOnTree(deps, actor, 'make_client', async (deps, above) => {
      if (isTooDeep(above.length)) return err('too_deep')
      await addTenant(deps.db, tenant, mustRequire(tenant))
      const [invited] = await addInvitations(deps, tenant.id, [{ ...owner, role: 'owner' }], null)
      if (invited === undefined) throw new Error('nobody is invited')
      // Nobody's to take back but by withdrawing it: who sent it is no member there.
      await sendIn(deps, { tenantId: tenant.id, tenantName: name, by: actor.person.name, id: null }, invited)
      const data = { kind: tenant.kind, stage: tenant.stage, partner: partner.name }
      for (const tenantId of [tenant.id, partner.id]) {
        const event = { tenantId, ...by(actor), subject: { id: tenant.id, name } }
        await recordEvent(deps, { ...event, kind: 'tenant_created', data })
      }
      await recordEvent(deps, {
        tenantId: tenant.id,
        kind: 'user_invited',
        ...by(actor),
        subject: { id: invited.id, name: invited.email },
        data: { role: 'owner', partner: partner.name },
      })
      return ok({ slug: tenant.slug })
    })
  } catch (error) {
    // The slug is the one name of these rows that another can have.
    if (isUniqueViolation(error)) return err('slug_taken')
    throw error
  }
}
