import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import type { FirstStep, FirstStepView } from '@/lib/administration/first-steps/types'
import { invitationsPath, messagesPath, reportsPath, requirementPath, SECURITY_PATH } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'
import { putFirstStepsAway, sayPeopleKnow } from './actions'
import { TELL_PEOPLE } from './security/advanced/tell-people'

/** What a new company does, each step with what is missing and the way to where it is done (X9). */
export function FirstSteps({ tenant, steps, t }: { tenant: string; steps: readonly FirstStepView[]; t: Reader['t'] }) {
  const hrefs: Record<FirstStep, string> = {
    own_2fa: SECURITY_PATH,
    mail: messagesPath(tenant),
    people: invitationsPath(tenant),
    tell: `${requirementPath(tenant)}#${TELL_PEOPLE}`,
    require: requirementPath(tenant),
    report: reportsPath(tenant),
  }
  return (
    <Card
      title={t('steps.title')}
      intro={t('steps.intro')}
      flush
      footer={
        <ActionForm action={putFirstStepsAway} hidden={{ tenant }}>
          <TextButton>{t('steps.putAway')}</TextButton>
        </ActionForm>
      }
    >
      <ol>
        {steps.map((view) => (
          <li key={view.step} className="border-b border-line last:border-b-0">
            <Row
              title={<TextLink href={hrefs[view.step]}>{t(`steps.title_${view.step}`)}</TextLink>}
              note={view.step === 'mail' ? t(`steps.mail_${view.state}`) : t(`steps.${view.step}_${view.state}`)}
              aside={
                <>
                  {view.step === 'tell' && view.state !== 'done' ? (
                    <ActionForm action={sayPeopleKnow} hidden={{ tenant }}>
                      <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
                        {t('steps.sayTold')}
                      </SubmitButton>
                    </ActionForm>
                  ) : null}
                  {view.state === 'done' ? (
                    <Badge variant="positive" label={t('steps.done')} />
                  ) : (
                    <Badge variant="attention" label={t('steps.open')} />
                  )}
                </>
              }
            />
          </li>
        ))}
      </ol>
    </Card>
  )
}
