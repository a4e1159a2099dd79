import type { Metadata } from 'next'
import { askForFactorReset } from '@/app/(portal)/sign-in/help/actions'
import { UnderWay } from '@/app/(portal)/sign-in/under-way'
import { ActionForm, FormWhen } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { REQUEST_REASON_LENGTH } from '@/lib/authentication/reset/rules'
import { loadHelp } from '@/lib/web/loaders/portal'
import { portalReader, reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('help.title') }
}

/** Asking the admins for a reset, the password already accepted (R6). */
export default async function HelpPage() {
  const { t, time } = await portalReader()
  const { view, back, help } = await loadHelp()
  return (
    <UnderWay help={help}>
      <PageHeader
        title={t('help.title')}
        intro={
          view.waitingSince === null
            ? t('help.intro', { tenant: view.tenantName })
            : t('help.waiting', { when: time(view.waitingSince) })
        }
      />
      <ActionForm action={askForFactorReset}>
        {view.waitingSince === null ? (
          <FormWhen status={['idle', 'error']}>
            <TextField
              label={t('help.reason')}
              name="reason"
              autoComplete="off"
              maxLength={REQUEST_REASON_LENGTH}
              hint={t('help.reasonHint')}
            />
            <SubmitButton full pendingLabel={t('common.working')}>
              {t('help.send')}
            </SubmitButton>
          </FormWhen>
        ) : null}
      </ActionForm>
      <QuietLinks>
        <TextLink href={back} quiet>
          {t('help.back')}
        </TextLink>
      </QuietLinks>
    </UnderWay>
  )
}
