import { sayPeopleKnow } from '@/app/(admin)/admin/[tenant]/actions'
import { ActionForm } from '@/components/ui/form'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { loadOpenSteps } from '@/lib/web/loaders/security'
import { firstStepsPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'

/** The way back from a page to which the first steps lead, for as long as there is a list (X9). */
export async function BackToSteps({ tenant }: { tenant: string }) {
  if ((await loadOpenSteps(tenant)) === null) return null
  const { t } = await reader()
  return <TextLink href={firstStepsPath(tenant)}>{t('steps.back')}</TextLink>
}

/** The same said where the text is that people are sent. */
export async function SayToldWhileOpen({ tenant }: { tenant: string }) {
  if ((await loadOpenSteps(tenant))?.told !== false) return null
  return <SayTold tenant={tenant} t={(await reader()).t} />
}

export function SayTold({ tenant, t }: { tenant: string; t: Reader['t'] }) {
  return (
    <ActionForm action={sayPeopleKnow} hidden={{ tenant }}>
      <div>
        <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
          {t('steps.sayTold')}
        </SubmitButton>
      </div>
    </ActionForm>
  )
}
