import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { ActionForm, FormWhen } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { ADDRESS_LINK_HOURS } from '@/lib/credentials/link/rules'
import { loadChangeAddress } from '@/lib/web/loaders/account'
import { reader } from '@/lib/web/words/reader'
import { changeOwnAddress } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('security.addressTitle') }
}

export default async function ChangeAddressPage() {
  const { t } = await reader()
  const view = await loadChangeAddress()
  return (
    <Console view={view} current="/account/security">
      <div className="max-w-104">
        <p className="mb-4 text-sm">
          <TextLink href="/account/security" quiet>
            {t('common.back')}
          </TextLink>
        </p>
        <PageHeader
          title={t('security.addressTitle')}
          intro={t('security.addressIntro', { email: view.actor.person.email, hours: ADDRESS_LINK_HOURS })}
        />
        <ActionForm action={changeOwnAddress}>
          <FormWhen status={['idle', 'error']}>
            <TextField
              label={t('security.newAddress')}
              name="email"
              type="email"
              autoComplete="email"
              inputMode="email"
              required
            />
            <div>
              <SubmitButton pendingLabel={t('common.working')}>{t('link.send')}</SubmitButton>
            </div>
          </FormWhen>
        </ActionForm>
      </div>
    </Console>
  )
}
