import { redirect } from 'next/navigation'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import { provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { importPath, stepUpFor } from '@/lib/web/paths'
import { importer } from '@/lib/web/server/deps'

/**
 * Takes a file in (X8). Who is asking is known before a byte of it is read; the origin was checked before that (S18).
 */
export async function POST(request: Request, { params }: { params: Promise<{ tenant: string }> }): Promise<never> {
  const { tenant } = await params
  const admin = await tenantAdmin(tenant)
  if (admin === null) redirect('/')
  const here = importPath(tenant)
  const steppedUp = provedFor('import', admin)
  if (steppedUp === null) redirect(stepUpFor(here))
  // The page was drawn for another session: whoever signed in since does not send its file (S26).
  const drawn = new URL(request.url).searchParams.get(DRAWN_FIELD)
  if (drawn !== drawnFor(admin.session)) redirect(`${here}?problem=other_session`)
  const received = await importer().check(steppedUp, {
    type: request.headers.get('content-type') ?? '',
    length: Number(request.headers.get('content-length')),
    bytes: request.body ?? NOTHING,
  })
  if (received.ok) redirect(`${here}/${received.value.id}`)
  const { problem, row } = received.detail
  redirect(`${here}?${new URLSearchParams({ problem, ...(row === null ? {} : { row: String(row) }) })}`)
}

const NOTHING: AsyncIterable<Uint8Array> = new ReadableStream({ start: (stream) => stream.close() })
