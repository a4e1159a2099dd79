import { redirect } from 'next/navigation'
import { MAX_LOGOS_AT_ONCE } from '@/lib/administration/company/logo/rules'
import { changeLogo } from '@/lib/administration/company/logo/service'
import type { LogoProblem } from '@/lib/administration/company/logo/types'
import { createLimit } from '@/lib/web/forms/at-once'
import { oneFileIn } from '@/lib/web/forms/one-file'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import { provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { companyPath, stepUpFor } from '@/lib/web/paths'
import { deps } from '@/lib/web/server/deps'

const reading = createLimit(MAX_LOGOS_AT_ONCE)

/** Takes a logo in (X9). Who is asking is known before a byte of it is read, and before that the origin (S18). */
export async function POST(request: Request, { params }: { params: Promise<{ tenant: string }> }): Promise<never> {
  const { tenant } = await params
  const admin = await tenantAdmin(tenant)
  if (admin === null) redirect('/')
  const here = companyPath(tenant)
  const steppedUp = provedFor('change_company', admin)
  if (steppedUp === null) redirect(stepUpFor(here))
  const refuse = (problem: LogoProblem) => redirect(`${here}?logo=${problem}`)
  // The page was drawn for another session: whoever signed in since does not send its file (S26).
  const drawn = new URL(request.url).searchParams.get(DRAWN_FIELD)
  if (drawn !== drawnFor(admin.session)) return refuse('other_session')
  const body = await reading(admin.tenant.tenant.id, () => request.arrayBuffer().catch(() => null))
  if (body === 'busy') return refuse('busy')
  const file = body && oneFileIn(request.headers.get('content-type') ?? '', Buffer.from(body), 'logo')
  if (file === null || file.length === 0) return refuse('missing')
  const changed = await changeLogo(deps(), steppedUp, file)
  if (changed.ok) redirect(`${here}?notice=logo`)
  return changed.code === 'not_permitted' ? redirect('/') : refuse(changed.code)
}
