import { viewLogo } from '@/lib/administration/company/logo/service'
import { visitor } from '@/lib/web/gate/guard'
import { deps } from '@/lib/web/server/deps'
import { keepForGood } from '@/lib/web/server/response'

/** A company's logo, for whoever was shown its address: a random name, which says of no company that it is here. */
export async function GET(_request: Request, { params }: { params: Promise<{ token: string }> }): Promise<Response> {
  await visitor()
  const logo = await viewLogo(deps(), (await params).token)
  if (logo === null) return new Response(null, { status: 404 })
  keepForGood()
  return new Response(logo.bytes, { headers: { 'Content-Type': logo.type, 'Content-Disposition': 'inline' } })
}
