import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { FileField } from '@/components/ui/file-field'
import { ActionForm } from '@/components/ui/form'
import { LinkButton } from '@/components/ui/link-button'
import { Logo } from '@/components/ui/logo'
import { SubmitButton } from '@/components/ui/submit-button'
import { LOGO_PROBLEMS } from '@/lib/administration/company/logo/types'
import { DRAWN_FIELD, drawnFor } from '@/lib/web/gate/drawn'
import type { LoadedPage } from '@/lib/web/loaders/frame'
import type { loadCompany } from '@/lib/web/loaders/security'
import { companyPath, logoPath, logoUploadPath, stepUpFor } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'
import { removeLogoOf } from '../actions'

/** The logo that is there, and a file to take its place; `problem` is why the last one was not taken (X9). */
export function LogoCard({
  tenant,
  view,
  problem,
  t,
}: {
  tenant: string
  view: LoadedPage<typeof loadCompany>
  problem: string | undefined
  t: Reader['t']
}) {
  const refused = LOGO_PROBLEMS.find((each) => each === problem)
  const { name } = view.actor.tenant.tenant
  return (
    <Card title={t('company.logoTitle')} intro={t('company.logoIntro')}>
      <div className="grid gap-5">
        {refused === undefined ? null : <Alert tone="danger">{t(`company.problem.${refused}`)}</Alert>}
        {view.logoToken === null ? null : (
          <div className="flex flex-wrap items-center gap-4">
            <Logo src={logoPath(view.logoToken)} name={name} />
            <ActionForm action={removeLogoOf} hidden={{ tenant }}>
              <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
                {t('company.logoRemove')}
              </SubmitButton>
            </ActionForm>
          </div>
        )}
        {view.steppedUp ? (
          <form
            method="post"
            action={`${logoUploadPath(tenant)}?${DRAWN_FIELD}=${drawnFor(view.actor.session)}`}
            encType="multipart/form-data"
            className="grid gap-5"
          >
            <FileField
              label={t('company.logoChoose')}
              name="logo"
              accept="image/png,image/jpeg"
              hint={t('company.logoHint')}
              required
            />
            <div>
              <SubmitButton pendingLabel={t('common.working')}>{t('company.logoSave')}</SubmitButton>
            </div>
          </form>
        ) : (
          // A file that was chosen cannot be kept for the time of a step-up.
          <div>
            <LinkButton href={stepUpFor(companyPath(tenant))}>{t('company.logoConfirm')}</LinkButton>
          </div>
        )}
      </div>
    </Card>
  )
}
