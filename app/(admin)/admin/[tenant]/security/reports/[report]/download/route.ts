import { readReportId } from '@/lib/administration/report/schema'
import { downloadReport } from '@/lib/administration/report/service'
import { reportStream } from '@/lib/web/export/report-export'
import { tenantAdmin } from '@/lib/web/gate/guard'
import { deps } from '@/lib/web/server/deps'
import { readerLocale } from '@/lib/web/words/reader'

type Params = { params: Promise<{ tenant: string; report: string }> }

/** Only to a signed-in owner or admin of the tenant, for a day (M1). */
export async function GET(_request: Request, { params }: Params): Promise<Response> {
  const { tenant, report } = await params
  const admin = await tenantAdmin(tenant)
  const found = admin === null ? null : await downloadReport(deps(), admin, readReportId(report))
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
