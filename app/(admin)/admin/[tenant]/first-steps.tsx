import { SayTold } from '@/app/first-steps'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import type { FirstStep, FirstStepView } from '@/lib/administration/first-steps/types'
import { invitationsPath, messagesPath, reportsPath, requirementPath, SECURITY_PATH, STEPS_CARD } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'
import { putFirstStepsAway } from './actions'
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
      id={STEPS_CARD}
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
        {steps.map((view, index) => (
          <li key={view.step} className="border-b border-line last:border-b-0">
            <Row
              icon={<span className="block min-w-4 text-right tabular-nums">{index + 1}</span>}
              title={<TextLink href={hrefs[view.step]}>{t(`steps.title_${view.step}`)}</TextLink>}
              note={view.step === 'mail' ? t(`steps.mail_${view.state}`) : t(`steps.${view.step}_${view.state}`)}
              aside={
                <>
                  {view.step === 'tell' && view.state !== 'done' ? <SayTold tenant={tenant} t={t} /> : null}
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
