import type { Metadata } from 'next'
import { DeadLink } from '@/app/(portal)/dead-link'
import { GetHelp } from '@/app/get-help'
import { NewPassword } from '@/app/passwords'
import { UsernameHint } from '@/components/portal/username-hint'
import { Alert } from '@/components/ui/alert'
import { ActionForm } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Steps } from '@/components/ui/steps'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { INVITATION_PATH } from '@/lib/administration/invitation/rules'
import { loadInvitation } from '@/lib/web/loaders/links'
import { signInFor } from '@/lib/web/paths'
import { wizardSteps } from '@/lib/web/words/enrol-texts'
import { type Reader, reader } from '@/lib/web/words/reader'
import { acceptInvited, joinInvited } from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('invitation.title') }
}

export default async function InvitationPage({ searchParams }: { searchParams: Promise<{ link?: string }> }) {
  const text = await reader()
  const { t } = text
  const view = await loadInvitation(await searchParams)
  if (view === null) {
    return (
      <>
        <DeadLink intro={t('invitation.dead')} />
        <QuietLinks>
          <TextLink href="/sign-in">{t('common.toSignIn')}</TextLink>
        </QuietLinks>
      </>
    )
  }
  const { tenant, email, name } = view
  if (view.hasAccount) {
    const intro = view.isThis
      ? 'invitation.joinIntro'
      : view.other
        ? 'invitation.otherIntro'
        : 'invitation.accountIntro'
    return (
      <>
        <PageHeader title={t('invitation.to', { tenant })} intro={t(intro, { email, tenant })} />
        {view.isThis ? (
          <ActionForm action={joinInvited} hidden={{ link: view.ref }}>
            <SubmitButton full pendingLabel={t('common.working')}>
              {t('invitation.join', { tenant })}
            </SubmitButton>
          </ActionForm>
        ) : (
          <LinkButton href={view.other ? '/sign-out' : signInFor(`${INVITATION_PATH}?link=${view.ref}`)} full>
            {t(view.other ? 'common.signOut' : 'signIn.submit')}
          </LinkButton>
        )}
        <GetHelp help={view.help} t={t} />
      </>
    )
  }
  return (
    <>
      {view.enrols ? <FirstStep text={text} /> : null}
      <PageHeader title={t('invitation.to', { tenant })} intro={t('invitation.intro', { name, email })} />
      {view.leaves === null ? null : (
        <Alert tone="attention" className="mb-5">
          {t('link.openSwitches', { name: view.leaves, email })}
        </Alert>
      )}
      <ActionForm action={acceptInvited} hidden={{ link: view.ref }}>
        <UsernameHint value={email} />
        <NewPassword label={t('common.password')} name="next" minimum={view.minimum} autoFocus />
        <SubmitButton full pendingLabel={t('common.working')}>
          {t('common.continue')}
        </SubmitButton>
      </ActionForm>
      <QuietLinks>
        <p className="text-ink-muted">{t(view.enrols ? 'invitation.thenEnrol' : 'invitation.thenIn')}</p>
      </QuietLinks>
      <GetHelp help={view.help} t={t} />
    </>
  )
}

/** The password is the first of five: the wizard and its last page follow in the same sitting (R10). */
function FirstStep({ text }: { text: Reader }) {
  const { items, text: where, done } = wizardSteps(text, true)
  return <Steps items={items} current={1} text={where[0] ?? ''} doneLabel={done} />
}
