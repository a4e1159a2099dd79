import { lastEvents } from '../../../audit/reading/service'
import type { Deps } from '../../../core/deps'
import { progressOf } from '../../../coverage/rules'
import { viewCoverage } from '../../../coverage/service'
import type { CoverageCounts } from '../../../coverage/types'
import type { OverClient } from '../../../identity/actor/types'
import { listPeople } from '../../people/list/service'
import type { PeoplePage, PeopleQuery } from '../../people/list/types'
import { clientState } from '../rules'
import type { ClientState } from '../types'
import { listInvitedOwners, listOwners } from './store'

export interface ClientView {
  state: ClientState
  coverage: CoverageCounts
  owners: Awaited<ReturnType<typeof listOwners>>
  invitedOwners: Awaited<ReturnType<typeof listInvitedOwners>>
  /** Who must set up 2FA: names, addresses and states, and nothing else of them (T6). */
  people: PeoplePage
  events: Awaited<ReturnType<typeof lastEvents>>
}

const MUST_SET_UP: Omit<PeopleQuery, 'from'> = {
  suspended: false,
  search: '',
  userType: null,
  role: null,
  status: 'setup_required',
  atRisk: false,
  sort: 'name',
}

/** How a tenant below stands, to be read by the partner (T4). */
export async function viewClient(
  deps: Pick<Deps, 'db' | 'clock' | 'smsAvailable'>,
  actor: OverClient,
  from: PeopleQuery['from'],
): Promise<ClientView> {
  const { tenant } = actor.tenant
  const [coverage, owners, invitedOwners, people, events] = await Promise.all([
    viewCoverage(deps, actor),
    listOwners(deps.db, tenant.id),
    listInvitedOwners(deps.db, tenant.id),
    listPeople(deps, actor, { ...MUST_SET_UP, from }),
    lastEvents(deps, actor),
  ])
  const { suspended = false } = tenant
  const progress = progressOf(coverage.types.team, coverage.types.end)
  const state = clientState({ suspended, required: coverage.required }, progress)
  return { state, coverage, owners, invitedOwners, people, events }
}
