import { viewReports } from '@/lib/administration/report/service'
import { assured, tenantAdmin } from '@/lib/web/gate/guard'
import { deps } from '@/lib/web/server/deps'
import { json } from '@/lib/web/server/response'

/** Which status reports there are, the newest first (M2). */
export async function GET(_request: Request, { params }: { params: Promise<{ tenant: string }> }): Promise<Response> {
  if ((await assured()) === null) return json({ error: 'not_signed_in' }, 401)
  const admin = await tenantAdmin((await params).tenant)
  if (admin === null) return json({ error: 'not_found' }, 404)
  const { reports } = await viewReports(deps(), admin)
  return json({
    reports: reports.map(
      ({ id, scope, scheduled, rows, enrolled, mustSetUp, invited, createdAt, finishedAt, expiresAt }) => ({
        id,
        scope,
        scheduled,
        rows,
        enrolled,
        mustSetUp,
        invited,
        createdAt: createdAt.toISOString(),
        finishedAt: finishedAt?.toISOString() ?? null,
        expiresAt: expiresAt?.toISOString() ?? null,
      }),
    ),
  })
}
