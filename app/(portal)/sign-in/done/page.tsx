import type { Metadata } from 'next'
import { signOut } from '@/app/actions'
import { DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Steps } from '@/components/ui/steps'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { loadDone } from '@/lib/web/loaders/portal'
import { wizardSteps } from '@/lib/web/words/enrol-texts'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('done.title') }
}

/** The last page of the wizard: what is different from now on, and where to go. */
export default async function DonePage({
  searchParams,
}: {
  searchParams: Promise<{ return?: string; invited?: string }>
}) {
  const search = await searchParams
  const text = await reader()
  const { t } = text
  const { to, leads, start } = await loadDone(search)
  const steps = search.invited === undefined ? null : wizardSteps(text, true)
  return (
    <>
      {steps === null ? null : (
        <Steps items={steps.items} current={steps.items.length} text={steps.text.at(-1) ?? ''} doneLabel={steps.done} />
      )}
      <PageHeader title={t('done.title')} intro={t('done.intro')} />
      <LinkButton href={to} variant="primary" full>
        {t(`done.to.${leads}`)}
      </LinkButton>
      {start === null ? null : (
        <p className="mt-4">
          <TextLink href={start.url} plain>
            {t('done.start', { host: start.host })}
          </TextLink>
        </p>
      )}
      <QuietLinks>
        <form action={signOut}>
          <DrawnField />
          <TextButton>{t('common.signOut')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}
