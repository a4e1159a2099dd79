import { viewPerson } from '@/lib/administration/people/person/service'
import { assured, tenantAdmin } from '@/lib/web/gate/guard'
import { deps } from '@/lib/web/server/deps'
import { json } from '@/lib/web/server/response'

type Params = { params: Promise<{ tenant: string; user: string }> }

/** What happens at the next sign-in of somebody, and the settings that were looked at (M9). */
export async function GET(_request: Request, { params }: Params): Promise<Response> {
  if ((await assured()) === null) return json({ error: 'not_signed_in' }, 401)
  const { tenant, user } = await params
  const admin = await tenantAdmin(tenant)
  const known = /^[0-9a-z-]{1,60}$/.test(user)
  const view = admin === null || !known ? null : await viewPerson(deps(), admin, user)
  if (view === null) return json({ error: 'not_found' }, 404)
  const { person, coverage, trace } = view
  return json({ user: { id: person.id, name: person.name, email: person.email }, coverage, trace })
}
