import type { Metadata } from 'next'
import { leaveSignIn } from '@/app/(portal)/sign-in/actions'
import { putOff } from '@/app/(portal)/sign-in/enroll/actions'
import { UnderWay } from '@/app/(portal)/sign-in/under-way'
import { WizardStep } from '@/components/portal/enrol-form'
import { Alert } from '@/components/ui/alert'
import { ActionForm, DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { stepPath } from '@/lib/authentication/signin/rules'
import { lastMomentOf } from '@/lib/identity/policy/rules'
import { loadStep } from '@/lib/web/loaders/portal'
import { wizardSteps } from '@/lib/web/words/enrol-texts'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.title') }
}

/** Until the day that was named, the wizard can be put off at each sign-in (P8). */
export default async function LaterPage({ searchParams }: { searchParams: Promise<{ notice?: string }> }) {
  const search = await searchParams
  const { tenantName, putOff: left, help, invited } = await loadStep(['put-off'], search)
  const text = await reader()
  const { t, time } = text
  return (
    <UnderWay notice={search.notice} help={help}>
      <WizardStep steps={wizardSteps(text, invited)} current={1} />
      <PageHeader title={t('enroll.title')} intro={t('later.intro', { tenant: tenantName })} />
      {left === null ? null : (
        <Alert tone="attention" className="mb-5" title={t('later.left', { days: left.days })}>
          {t('later.by', { when: time(lastMomentOf(left.until)) })}
        </Alert>
      )}
      <div className="grid gap-3">
        <LinkButton href={stepPath('enrol')} variant="primary" full>
          {t('later.now')}
        </LinkButton>
        <ActionForm action={putOff}>
          <SubmitButton full variant="secondary" pendingLabel={t('common.working')}>
            {t('later.notNow')}
          </SubmitButton>
        </ActionForm>
      </div>
      <QuietLinks>
        <form action={leaveSignIn}>
          <DrawnField />
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </UnderWay>
  )
}
