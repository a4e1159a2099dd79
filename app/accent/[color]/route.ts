import { accentSheet, nearestAccent, readAccent } from '@/lib/administration/company/accent/rules'
import { visitor } from '@/lib/web/gate/guard'
import { keepForADay } from '@/lib/web/server/response'

/** The style sheet of an accent: made of its address alone, so that it says of no company that it is here (X6). */
export async function GET(_request: Request, { params }: { params: Promise<{ color: string }> }): Promise<Response> {
  await visitor()
  const accent = readAccent(`#${(await params).color}`)
  if (accent === undefined || accent === null || nearestAccent(accent) !== accent) {
    return new Response(null, { status: 404 })
  }
  keepForADay()
  return new Response(accentSheet(accent), { headers: { 'Content-Type': 'text/css; charset=utf-8' } })
}
