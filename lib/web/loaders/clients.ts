import { listClients } from '../../administration/client/list/service'
import { viewClient } from '../../administration/client/page/service'
import { readClientQuery } from '../../administration/client/schema'
import { readPeopleQuery } from '../../administration/people/list/schema'
import { policyAfter } from '../../administration/policy/rules'
import { viewRequirement } from '../../administration/policy/service'
import { zoneOf } from '../../core/kernel/zones'
import { previewCounts, viewCoverage } from '../../coverage/service'
import { mustRequire } from '../../identity/policy/rules'
import { readRequirementDraft } from '../forms/policy'
import { provedOver } from '../gate/guard'
import { newClientPath } from '../paths'
import { deps } from '../server/deps'
import { clientPage, type LoadedPage, partnerPage, proveFirst } from './frame'

type Search = Record<string, string | string[] | undefined>

/** Clients: every tenant below, as it is searched and sorted (T1). */
export const loadClients = partnerPage(async (actor, search: Search) => {
  const query = readClientQuery(search)
  return { query, page: await listClients(deps(), actor, query) }
})

export type ClientsView = LoadedPage<typeof loadClients>

/** The form for one more, at the proof of what it does, so that nothing typed on it is lost. */
export const loadNewClient = partnerPage(async (actor) => {
  proveFirst('make_client', actor, newClientPath(actor.tenant.tenant.slug))
  return {}
})

/** One tenant below. */
export const loadClient = clientPage(async (actor, search: Search) => {
  const { from } = readPeopleQuery(search)
  return { client: actor.tenant.tenant, ...(await viewClient(deps(), actor, from)) }
})

export type ClientPageView = LoadedPage<typeof loadClient>

/** What 2FA is required of there, with the draft in the address, and what it would do (P2, T3). */
export const loadClientSecurity = clientPage(async (actor, search: Search) => {
  const draft = readRequirementDraft(search)
  const client = actor.tenant.tenant
  const [view, coverage] = await Promise.all([viewRequirement(deps(), actor), viewCoverage(deps(), actor)])
  const wanted = draft === null ? null : policyAfter(view.policy, draft, view.kinds, zoneOf(client.timeZone))
  return {
    client,
    view,
    coverage,
    draft,
    preview: wanted === null ? null : await previewCounts(deps(), actor, wanted),
    fixed: mustRequire(client),
    steppedUp: provedOver('change_requirement', actor) !== null,
  }
})

export type ClientSecurityView = LoadedPage<typeof loadClientSecurity>
