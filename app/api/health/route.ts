import { isReady } from '@/lib/web/server/health'
import { json } from '@/lib/web/server/response'

/** Live and ready in one answer: 200 when requests can be served, else 503. */
export async function GET(): Promise<Response> {
  const ready = await isReady()
  return json({ live: true, ready }, ready ? 200 : 503)
}
