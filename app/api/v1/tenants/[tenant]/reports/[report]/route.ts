import { readReportId } from '@/lib/administration/report/schema'
import { downloadReport } from '@/lib/administration/report/service'
import { reportLines } from '@/lib/web/export/report-export'
import { assured, provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { deps } from '@/lib/web/server/deps'
import { json } from '@/lib/web/server/response'

type Params = { params: Promise<{ tenant: string; report: string }> }

/** The rows of a status report as JSON lines, for as long as it can be had (M2), at a fresh proof (N39). */
export async function GET(_request: Request, { params }: Params): Promise<Response> {
  if ((await assured()) === null) return json({ error: 'not_signed_in' }, 401)
  const { tenant, report } = await params
  const admin = await tenantAdmin(tenant)
  const proved = admin === null ? null : provedFor('download_report', admin)
  if (admin !== null && proved === null) return json({ error: 'fresh_proof_needed' }, 403)
  const found = proved === null ? null : await downloadReport(deps(), proved, readReportId(report))
  if (found === null || !found.ok) return json({ error: 'not_found' }, 404)
  return new Response(reportLines(found.value.parts), {
    headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8', 'Cache-Control': 'no-store' },
  })
}

/** A look takes nothing, and is not written down. */
export async function HEAD(): Promise<Response> {
  return new Response(null, { status: 405, headers: { Allow: 'GET', 'Cache-Control': 'no-store' } })
}
