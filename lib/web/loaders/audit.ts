import { readPeopleQuery } from '../../administration/people/list/schema'
import { listPeople } from '../../administration/people/list/service'
import { listAudit, viewChain } from '../../audit/reading/service'
import { viewRetention } from '../../audit/retention/service'
import { readAuditQuery } from '../../audit/schema'
import type { TenantAdmin } from '../../identity/actor/types'
import { normaliseEmail } from '../../identity/user/rules'
import { lookUpByEmail, personById } from '../../identity/user/service'
import type { Person } from '../../identity/user/types'
import { provedFor } from '../gate/guard'
import { deps } from '../server/deps'
import { places } from '../words/places'
import { consolePage, type LoadedPage } from './frame'

/** Whom the log is narrowed to; or the people among whom to choose, or nobody, where a name was typed. */
export type AuditPerson =
  | { is: 'all' | 'nobody' }
  | { is: 'one'; id: string; name: string | null; email: string | null }
  | { is: 'several'; people: readonly { id: string; name: string; email: string }[]; more: boolean }

/** Security > Audit log (M7); the page of events is null while a person is to be chosen. */
export const loadAudit = consolePage(async (actor, search: Record<string, string | string[] | undefined>) => {
  const asked = readAuditQuery(search)
  const [chain, retention, person] = await Promise.all([
    viewChain(deps(), actor),
    viewRetention(deps(), actor),
    asked.search === '' ? auditPersonById(actor, asked.personId) : auditPersonByText(actor, asked.search),
  ])
  const query = { ...asked, personId: person.is === 'one' ? person.id : null }
  const page = person.is === 'one' || person.is === 'all' ? await listAudit(deps(), actor, query) : null
  return {
    query,
    person,
    page,
    chain,
    retention,
    placeOf: places(),
    mayExport: provedFor('export_audit', actor) !== null,
  }
})

export type AuditView = LoadedPage<typeof loadAudit>

/** The name of somebody who is of this tenant (S15); whoever is not may stand in its log all the same. */
async function auditPersonById(actor: TenantAdmin, id: string | null): Promise<AuditPerson> {
  if (id === null) return { is: 'all' }
  const found = (await personById(deps().db, id))?.person
  return personHere(actor, found) ?? { is: 'one', id, name: null, email: null }
}

function personHere(actor: TenantAdmin, person: Person | undefined): AuditPerson | null {
  if (!person?.memberships.some((each) => each.tenant.id === actor.tenant.tenant.id)) return null
  return { is: 'one', id: person.id, name: person.name, email: person.email }
}

const MAX_CHOICES = 10

async function auditPersonByText(actor: TenantAdmin, text: string): Promise<AuditPerson> {
  const address = normaliseEmail(text)
  const exact = address.ok ? personHere(actor, (await lookUpByEmail(deps().db, address.value)).found?.person) : null
  if (exact !== null) return exact
  const lists = await Promise.all(
    ['', 'suspended'].map((list) => listPeople(deps(), actor, readPeopleQuery({ q: text, list }))),
  )
  const people = lists.flatMap((list) => list.rows).map(({ userId, name, email }) => ({ id: userId, name, email }))
  const [first] = people
  if (first === undefined) return { is: 'nobody' }
  if (people.length === 1) return { is: 'one', ...first }
  return { is: 'several', people: people.slice(0, MAX_CHOICES), more: people.length > MAX_CHOICES }
}
