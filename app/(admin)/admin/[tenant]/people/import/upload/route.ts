import { redirect } from 'next/navigation'
import { receiveFile } from '@/lib/administration/import/console/service'
import { MAX_BYTES } from '@/lib/administration/import/rules'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import { provedFor, tenantAdmin } from '@/lib/web/gate/guard'
import { importPath, stepUpFor } from '@/lib/web/paths'
import { deps } from '@/lib/web/server/deps'

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
  const form = await request.formData().catch(() => null)
  const file = form?.get('file')
  if (!(file instanceof File) || file.size === 0) redirect(`${here}?problem=no_file`)
  if (file.size > MAX_BYTES) redirect(`${here}?problem=too_large`)
  const received = await receiveFile(deps(), steppedUp, {
    name: fileNameOf(file),
    open: () => file.stream(),
    invite: form?.get('invite') === 'on',
  })
  if (received.ok) redirect(`${here}/${received.value.id}`)
  const { problem, row } = received.detail
  redirect(`${here}?${new URLSearchParams({ problem, ...(row === null ? {} : { row: String(row) }) })}`)
}

function fileNameOf({ name }: File): string {
  return name.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '').slice(0, 100)
}
