import { accountsMade, listAudit } from '../../audit/reading/service'
import { viewVerification } from '../../audit/verification/service'
import { passOver } from '../../core/db'
import type { Deps } from '../../core/deps'
import { viewCoverage } from '../../coverage/service'
import type { TenantAdmin } from '../../identity/actor/types'
import { policyById } from '../../identity/policy/service'
import { peopleByIds } from '../../identity/user/service'
import { viewCompany } from '../company/service'
import { viewReports } from '../report/service'
import { listLasting, listServices } from './store'
import type { ProofView } from './types'

const SHOWN = 200
const CHANGES_SHOWN = 5

/** The policy, the numbers, the exceptions, the last report and the state of the log, of one moment (X11). */
export async function viewProof(deps: Deps, actor: TenantAdmin): Promise<ProofView> {
  const { db } = deps
  const tenantId = actor.tenant.tenant.id
  const at = deps.clock.now()
  const changed = { personId: null, kind: 'policy_changed', from: null, to: null, start: 'newest' } as const
  const [company, policy, coverage, lasting, services, { reports }, verification, { events }] = await Promise.all([
    viewCompany(deps, actor),
    policyById(db, tenantId),
    viewCoverage(deps, actor),
    passOver((without) => listLasting(db, tenantId, at, SHOWN + 1, without)),
    listServices(db, tenantId, at, SHOWN + 1),
    viewReports(deps, actor),
    viewVerification(deps, actor),
    listAudit(deps, actor, changed),
  ])
  const givenBy = [...lasting.map(({ givenById }) => givenById), ...services.map(({ serviceById }) => serviceById)]
  const givers = [...new Set(givenBy.filter((id) => id !== null))]
  const names = new Map((await peopleByIds(db, givers)).map(({ id, name }) => [id, name]))
  const shown = services.slice(0, SHOWN)
  const made = await accountsMade(
    db,
    tenantId,
    shown.map(({ id }) => id),
  )
  return {
    ...{ at, zone: company.zone, policy, coverage, verification },
    services: shown.map(({ createdAt, serviceSince, serviceUntil, serviceReason, serviceById, ...service }) => {
      const { id, name, email } = service
      if (serviceSince !== null && service.tenantId === tenantId) {
        const by = serviceById === null ? null : (names.get(serviceById) ?? null)
        const given = { reason: serviceReason, until: serviceUntil, madeAt: serviceSince }
        return { id, name, email, ...given, by, byCommand: false }
      }
      const { at = createdAt, actorKind, actorName = null } = made.get(id) ?? {}
      const known = { reason: null, until: null, madeAt: at, by: actorName, byCommand: actorKind === 'operator' }
      return { id, name, email, ...known }
    }),
    moreServices: services.length > SHOWN,
    changes: events.slice(0, CHANGES_SHOWN).map(({ id, at, actorName }) => ({ id, at, by: actorName })),
    exceptions: lasting.slice(0, SHOWN).map(({ id, reason, givenById, startsAt, endsAt, moreTime, user }) => ({
      ...{ id, moreTime, reason, name: user.name, email: user.email, from: startsAt, until: endsAt },
      by: givenById === null ? null : (names.get(givenById) ?? null),
    })),
    moreExceptions: lasting.length > SHOWN,
    report: reports.find(({ finishedAt }) => finishedAt !== null) ?? null,
  }
}
