import { redirect } from 'next/navigation'
import { readReportId } from '@/lib/administration/report/schema'
import { downloadReport } from '@/lib/administration/report/service'
import { reportStream } from '@/lib/web/export/report-export'
import { provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { reportReadyPath, stepUpFor } from '@/lib/web/paths'
import { deps } from '@/lib/web/server/deps'
import { readerLocale } from '@/lib/web/words/reader'

type Params = { params: Promise<{ tenant: string; report: string }> }

/** Only to a signed-in owner or admin of the tenant, at a fresh proof (N39), for a day (M1). */
export async function GET(_request: Request, { params }: Params): Promise<Response> {
  const { tenant, report } = await params
  const admin = await tenantAdmin(tenant)
  const id = readReportId(report)
  const proved = admin === null ? null : provedFor('download_report', admin)
  if (admin !== null && proved === null) redirect(stepUpFor(reportReadyPath(tenant, id)))
  const found = proved === null ? null : await downloadReport(deps(), proved, id)
  if (found === null || !found.ok) return new Response(null, { status: 404 })
  const day = found.value.report.createdAt.toISOString().slice(0, 10)
  return new Response(reportStream(found.value.parts, await readerLocale(), found.value.tenant), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="2fa-status-${tenant}-${found.value.report.scope}-${day}.csv"`,
      'Cache-Control': 'no-store',
    },
  })
}

/** A look takes nothing, and is not written down. */
export async function HEAD(): Promise<Response> {
  return new Response(null, { status: 405, headers: { Allow: 'GET', 'Cache-Control': 'no-store' } })
}
