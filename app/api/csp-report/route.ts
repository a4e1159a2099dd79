import { log } from '@/lib/core/log'

/** Browsers tell of blocked content here (ASVS 3.4.7); only what was blocked is kept, never an address's query. */
export async function POST(request: Request): Promise<Response> {
  const text = (await request.text()).slice(0, 4000)
  const blocked = text.match(/"(?:effectiveDirective|violated-directive)"\s*:\s*"([\w -]{1,60})"/)?.[1]
  log().warn({ directive: blocked ?? 'unreadable' }, 'a browser reported a policy violation')
  return new Response(null, { status: 204 })
}
