import { by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { newToken } from '../../../core/crypto/token'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import type { SteppedUpAdmin } from '../../../identity/actor/types'
import { logoNamed, setLogo, tenantById } from '../../../identity/tenant/service'
import { actOnTenant } from '../../acting/service'
import { readPicture, withoutNotes } from './rules'
import { PICTURE_TYPES, type Picture, type PictureProblem } from './types'

/** Shown above mails and on pages of the sign-in (X9). Its name is new each time, so that copies are never stale. */
export async function changeLogo(
  deps: Deps,
  actor: SteppedUpAdmin,
  bytes: Uint8Array,
): Promise<Result<null, 'not_permitted' | PictureProblem>> {
  const picture = readPicture(bytes)
  if (typeof picture === 'string') return err(picture)
  const token = newToken(deps.random)
  const content = Buffer.from(withoutNotes(bytes, picture)).toString('base64')
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    await replace(deps, actor, { ...picture, token, content })
    return ok(null)
  })
}

export async function removeLogo(deps: Deps, actor: SteppedUpAdmin): Promise<Result<null, 'not_permitted'>> {
  return actOnTenant(deps, actor, 'change_company', async (deps) => {
    await replace(deps, actor, null)
    return ok(null)
  })
}

async function replace(
  deps: TransactionDeps,
  actor: SteppedUpAdmin,
  logo: (Picture & { token: string; content: string }) | null,
): Promise<void> {
  const { id, name } = actor.tenant.tenant
  const was = await tenantById(deps, id)
  if (logo === null && (was === null || was.logoToken === null)) return
  await setLogo(deps.db, id, logo)
  const from = was?.logoToken ? `${was.logoWidth} × ${was.logoHeight}` : ''
  const to = logo === null ? '' : `${logo.width} × ${logo.height}`
  const data = { action: 'logo', from, to }
  await recordEvent(deps, { ...by(actor), tenantId: id, subject: { id, name }, kind: 'company_changed', data })
}

/** For whoever was shown its name. */
export async function viewLogo(
  deps: Pick<Deps, 'db'>,
  token: string,
): Promise<{ type: Picture['type']; bytes: Buffer<ArrayBuffer> } | null> {
  if (!/^[\w-]{43}$/.test(token)) return null
  const row = await logoNamed(deps.db, token)
  const type = PICTURE_TYPES.find((each) => each === row?.type)
  return row === null || type === undefined ? null : { type, bytes: Buffer.from(row.content, 'base64') }
}
