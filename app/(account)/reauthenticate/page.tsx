import type { Metadata } from 'next'
import { Bound } from '@/app/bound'
import { GetHelp } from '@/app/get-help'
import { LanguageFooter } from '@/app/language-footer'
import { PasscodeRefused } from '@/app/passcode-refused'
import { CurrentPassword } from '@/app/passwords'
import { SendPasscode } from '@/app/send-passcode'
import { UsernameHint } from '@/components/portal/username-hint'
import { PortalFrame } from '@/components/shell/portal-frame'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { PasscodeField } from '@/components/ui/passcode-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadReauthenticate } from '@/lib/web/loaders/account'
import { stepUpFor } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { reauthenticate, sendProof } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('reauth.title') }
}

type Search = { return?: string; again?: string; factor?: string }

export default async function ReauthenticatePage({ searchParams }: { searchParams: Promise<Search> }) {
  const { t } = await reader()
  const { view, returnTo, brand, email, help } = await loadReauthenticate(await searchParams)
  const byFactor = view.method === 'factor' || view.method === 'message'
  return (
    <Bound>
      <PortalFrame brand={brand} footer={<LanguageFooter />}>
        <PageHeader title={t('reauth.title')} intro={introOf(view, t)} />
        {(view.method === 'message' || view.method === 'mail') && view.refused ? <PasscodeRefused /> : null}
        {view.method === 'none' || (view.method === 'message' && !view.sent) ? null : (
          <ActionForm
            key={view.method}
            action={reauthenticate}
            hidden={{ method: view.method, returnTo, ...(byFactor ? { factor: view.factor.id } : {}) }}
          >
            {view.method === 'password' ? (
              <>
                <UsernameHint value={email} />
                <CurrentPassword label={t('common.password')} name="password" />
              </>
            ) : (
              <PasscodeField label={t('common.passcode')} name="passcode" digits={6} autoFocus />
            )}
            <SubmitButton full pendingLabel={t('common.working')}>
              {view.method === 'password' ? t('common.continue') : t('common.verify')}
            </SubmitButton>
          </ActionForm>
        )}
        {view.method === 'message' ? (
          <SendPasscode action={sendProof} sent={view.sent} hidden={{ factor: view.factor.id, returnTo }} />
        ) : null}
        <QuietLinks>
          {view.method === 'mail' ? (
            <TextLink href={stepUpFor(returnTo, 'again')} quiet>
              {t('reauth.again')}
            </TextLink>
          ) : null}
          {(byFactor ? view.others : []).map((factor) => (
            <TextLink key={factor.id} href={stepUpFor(returnTo, { factor: factor.id })} quiet>
              {t('verify.useNamed', { name: factor.name })}
            </TextLink>
          ))}
          {byFactor ? <p className="text-ink-muted">{t('reauth.lost')}</p> : null}
          <TextLink href={returnTo} quiet>
            {t('common.back')}
          </TextLink>
        </QuietLinks>
        <GetHelp help={help} t={t} />
      </PortalFrame>
    </Bound>
  )
}

type View = Awaited<ReturnType<typeof loadReauthenticate>>['view']

function introOf(view: View, t: Reader['t']): string {
  switch (view.method) {
    case 'factor':
      return t('reauth.totpIntro')
    case 'password':
      return t('reauth.passwordIntro')
    case 'mail':
      return t('reauth.mailIntro', { email: view.sentTo })
    case 'none':
      return t('reauth.noneIntro')
    case 'message': {
      const target = { target: view.factor.target ?? '', minutes: PASSCODE_MINUTES }
      if (view.factor.kind === 'email') return t(view.sent ? 'verify.emailIntro' : 'verify.emailNotSent', target)
      return t(view.sent ? 'verify.smsIntro' : 'verify.smsNotSent', target)
    }
  }
}
