import type { Metadata } from 'next'
import { LanguageFooter } from '@/app/language-footer'
import { UsernameHint } from '@/components/portal/username-hint'
import { PortalFrame } from '@/components/shell/portal-frame'
import { PasscodeField, PasswordField, SubmitButton } from '@/components/ui/field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { TextLink } from '@/components/ui/text-link'
import { loadReauthenticate } from '@/lib/web/loaders'
import { reader } from '@/lib/web/text'
import { reauthenticate } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('reauth.title') }
}

export default async function ReauthenticatePage({
  searchParams,
}: {
  searchParams: Promise<{ return?: string; again?: string }>
}) {
  const { t } = await reader()
  const { view, returnTo, brand, email } = await loadReauthenticate(await searchParams)
  const intro = {
    totp: t('reauth.totpIntro'),
    password: t('reauth.passwordIntro'),
    mail: t('reauth.mailIntro', { email: view.way === 'mail' ? view.sentTo : '' }),
  }[view.way]
  return (
    <PortalFrame brand={brand} footer={<LanguageFooter />}>
      <PageHeader title={t('reauth.title')} intro={intro} />
      <ActionForm key={view.way} action={reauthenticate} hidden={{ way: view.way, returnTo }}>
        {view.way === 'password' ? (
          <>
            <UsernameHint value={email} />
            <PasswordField
              label={t('common.password')}
              name="password"
              autoComplete="current-password"
              required
              showLabel={t('common.showPassword')}
              hideLabel={t('common.hidePassword')}
            />
          </>
        ) : (
          <PasscodeField label={t('common.passcode')} name="passcode" digits={6} autoFocus />
        )}
        <SubmitButton full pendingLabel={t('common.working')}>
          {view.way === 'password' ? t('common.continue') : t('common.verify')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        {view.way === 'mail' ? (
          <TextLink href={`/reauthenticate?again&return=${encodeURIComponent(returnTo)}`} quiet>
            {t('reauth.again')}
          </TextLink>
        ) : null}
        <TextLink href={returnTo} quiet>
          {t('common.back')}
        </TextLink>
      </QuietLinks>
    </PortalFrame>
  )
}
