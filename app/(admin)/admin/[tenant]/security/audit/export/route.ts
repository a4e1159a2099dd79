import { redirect } from 'next/navigation'
import { exportAudit } from '@/lib/audit/reading/service'
import { readAuditQuery, readExportFormat } from '@/lib/audit/schema'
import { exportStream, writerOf } from '@/lib/web/export/audit-export'
import { provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { auditPath, stepUpFor } from '@/lib/web/paths'
import { deps } from '@/lib/web/server/deps'
import { readerLocale } from '@/lib/web/words/reader'

const TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson; charset=utf-8' } as const

/** What the page lists with these filters, on all its pages (M7), at a fresh proof (N39). */
export async function GET(request: Request, { params }: { params: Promise<{ tenant: string }> }): Promise<Response> {
  const { tenant } = await params
  const admin = await tenantAdmin(tenant)
  const search = Object.fromEntries(new URL(request.url).searchParams)
  const format = readExportFormat(search)
  if (admin === null || format === null) return new Response(null, { status: 404 })
  const filters = readAuditQuery(search)
  const proved = provedFor('export_audit', admin)
  if (proved === null) redirect(stepUpFor(auditPath(tenant, filters, { take: format })))
  const locale = await readerLocale()
  const pages = await exportAudit(deps(), proved, { format, filters })
  const day = deps().clock.now().toISOString().slice(0, 10)
  return new Response(exportStream(pages, writerOf(format, locale)), {
    headers: {
      'Content-Type': TYPES[format],
      'Content-Disposition': `attachment; filename="audit-${tenant}-${day}.${format}"`,
      'Cache-Control': 'no-store',
    },
  })
}

/** A look takes nothing, and is not written down. */
export async function HEAD(): Promise<Response> {
  return new Response(null, { status: 405, headers: { Allow: 'GET', 'Cache-Control': 'no-store' } })
}
