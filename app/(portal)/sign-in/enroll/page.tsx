import type { Metadata } from 'next'
import { cancelSignIn } from '@/app/(portal)/sign-in/actions'
import { EnrolForm } from '@/components/portal/enrol-form'
import { TotpConnection } from '@/components/portal/totp-connection'
import { Badge } from '@/components/ui/badge'
import { SubmitButton } from '@/components/ui/field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { Steps } from '@/components/ui/steps'
import { TextButton } from '@/components/ui/text-button'
import { connectionTexts, enrolTexts } from '@/lib/web/enrol-texts'
import { loadStep, qrModules } from '@/lib/web/loaders'
import { reader } from '@/lib/web/text'
import { chooseFactor, enrol } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.title') }
}

export default async function EnrollPage({ searchParams }: { searchParams: Promise<{ choose?: string }> }) {
  const text = await reader()
  const { t } = text
  const view = await loadStep(['enrol', 'show-recovery-codes'])
  const connection = (await searchParams).choose === undefined ? view.connection : null
  const texts = enrolTexts(text, view.tenantName, true)
  if (view.step === 'enrol' && connection === null) {
    return (
      <>
        {texts.steps ? (
          <Steps items={texts.steps.items} current={1} text={texts.steps.text[0]} doneLabel={texts.steps.done} />
        ) : null}
        <PageHeader title={t('enroll.title')} intro={t('enroll.intro', { tenant: view.tenantName })} />
        <ActionForm action={chooseFactor}>
          {view.kinds.includes('totp') ? (
            <SubmitButton
              full
              name="kind"
              value="totp"
              variant="secondary"
              className="justify-between! py-4! text-left"
            >
              <span className="grid gap-1">
                <span className="text-base font-semibold">{t('enroll.totp')}</span>
                <span className="text-sm font-normal text-ink-muted">{t('enroll.totpHint')}</span>
              </span>
              <Badge variant="positive" label={t('enroll.good')} />
            </SubmitButton>
          ) : null}
        </ActionForm>
        <QuietLinks>
          <form action={cancelSignIn}>
            <TextButton>{t('common.startOver')}</TextButton>
          </form>
        </QuietLinks>
      </>
    )
  }
  return (
    <EnrolForm
      action={enrol}
      stage={view.step === 'enrol' ? 'connect' : 'codes'}
      connect={
        connection ? (
          <TotpConnection
            modules={qrModules(connection.uri)}
            keyText={connection.key}
            uri={connection.uri}
            texts={connectionTexts(text)}
          />
        ) : null
      }
      another="/sign-in/enroll?choose"
      texts={texts}
    />
  )
}
