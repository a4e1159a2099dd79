import { isReady } from '@/lib/web/server/health'
import { json } from '@/lib/web/server/response'

/** `/api/health/live`: the process answers. `/api/health/ready`: the database does, too. */
export async function GET(_request: Request, { params }: { params: Promise<{ probe: string }> }): Promise<Response> {
  const { probe } = await params
  if (probe === 'live') return json({ live: true })
  if (probe !== 'ready') return json({ error: 'not_found' }, 404)
  const ready = await isReady()
  return json({ ready }, ready ? 200 : 503)
}
