import type { Metadata } from 'next'
import {
  answerLost,
  completeSignIn,
  leaveSignIn,
  sendSignInPasscode,
  tryAnother,
  verifyFactor,
} from '@/app/(portal)/sign-in/actions'
import { RecoveryCode } from '@/app/(portal)/sign-in/recovery-code'
import { UnderWay } from '@/app/(portal)/sign-in/under-way'
import { PasscodeRefused } from '@/app/passcode-refused'
import { SendPasscode } from '@/app/send-passcode'
import { Alert } from '@/components/ui/alert'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ActionForm, DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { PasscodeField } from '@/components/ui/passcode-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadStep } from '@/lib/web/loaders/portal'
import { portalReader, type Reader, reader } from '@/lib/web/words/reader'

type Search = { searchParams: Promise<{ use?: string; notice?: string }> }
type View = Awaited<ReturnType<typeof loadStep>>

const HERE = '/sign-in/verify'

export async function generateMetadata({ searchParams }: Search): Promise<Metadata> {
  const { t } = await reader()
  return { title: (await searchParams).use === 'recovery' ? t('verify.recoveryTitle') : t('verify.title') }
}

export default async function VerifyPage({ searchParams }: Search) {
  const search = await searchParams
  const view = await loadStep(['verify-factor', 'ask-if-lost', 'complete'], search)
  return (
    <UnderWay notice={search.notice} help={view.help}>
      <Verify view={view} use={search.use} text={await portalReader()} />
    </UnderWay>
  )
}

function Verify({ view, use, text }: { view: View; use: string | undefined; text: Reader }) {
  const { t } = text
  if (view.step === 'ask-if-lost') return <AskIfLost text={text} />
  if (view.step === 'complete') {
    return (
      <>
        <PageHeader title={t('verify.finishTitle')} intro={t('verify.finishIntro')} />
        <ActionForm action={completeSignIn}>
          <SubmitButton full>{t('common.continue')}</SubmitButton>
        </ActionForm>
      </>
    )
  }
  const here = use === 'recovery' ? 'recovery' : use === 'other' && view.asked.length > 1 ? 'other' : 'factor'
  return (
    <>
      {here === 'recovery' ? <RecoveryCode text={text} /> : null}
      {here === 'other' ? <OtherWays view={view} text={text} /> : null}
      {here === 'factor' ? <Factor view={view} text={text} /> : null}
      <QuietLinks>
        {here === 'factor' || view.chosen === null ? null : (
          <TextLink href={HERE} quiet>
            {view.chosen.kind === 'totp' ? t('verify.useApp') : t('verify.useNamed', { name: view.chosen.name })}
          </TextLink>
        )}
        {here === 'factor' && view.asked.length > 1 ? (
          <TextLink href={`${HERE}?use=other`} quiet>
            {t('verify.another')}
          </TextLink>
        ) : null}
        {here === 'recovery' ? null : (
          <TextLink href={`${HERE}?use=recovery`} quiet>
            {t('verify.useRecovery')}
          </TextLink>
        )}
        <TextLink href="/sign-in/help" quiet>
          {t('help.cannot')}
        </TextLink>
        <form action={leaveSignIn}>
          <DrawnField />
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}

/** Why the mailbox is no second factor now; null where it may be one. */
function whyNoMail({ mailboxUsed, addressNewUntil }: View, { t, time }: Reader): string | null {
  if (mailboxUsed) return t('verify.mailboxUsed')
  return addressNewUntil === null ? null : t('verify.addressNew', { when: time(addressNewUntil) })
}

/** The factor that is asked now, or what to do where none can be (S20, R11). */
function Factor({ view, text }: { view: View; text: Reader }) {
  const { t, time } = text
  const { chosen } = view
  const noMail = whyNoMail(view, text)
  if (chosen === null) {
    return (
      <PageHeader
        title={t('verify.noneTitle')}
        intro={
          <>
            <p>{noMail ?? t('verify.noneIntro')}</p>
            <p className="mt-2">{t(view.hasCodes ? 'verify.noneNext' : 'verify.noneNextNoCodes')}</p>
          </>
        }
      />
    )
  }
  const messaged = chosen.kind === 'email' || chosen.kind === 'sms'
  const target = { target: chosen.target ?? '', minutes: PASSCODE_MINUTES }
  const intro =
    view.passcodeFrom !== null
      ? t('verify.notSentUntil', { when: time(view.passcodeFrom) })
      : chosen.kind === 'email'
        ? t(view.passcodeSent ? 'verify.emailIntro' : 'verify.emailNotSent', target)
        : chosen.kind === 'sms'
          ? t(view.passcodeSent ? 'verify.smsIntro' : 'verify.smsNotSent', target)
          : t('verify.intro')
  return (
    <>
      <PageHeader title={t('verify.title')} intro={intro} />
      {noMail === null ? null : (
        <Alert tone="info" className="mb-5">
          {noMail}
        </Alert>
      )}
      {chosen.reachable ? null : (
        <Alert tone="attention" className="mb-5">
          {t('verify.unreachable')}
        </Alert>
      )}
      {view.passcodeRefused ? <PasscodeRefused /> : null}
      {chosen.reachable && (!messaged || view.passcodeSent) ? (
        <ActionForm key={chosen.id} action={verifyFactor}>
          {view.trustDays > 0 ? (
            <CheckboxField label={t('verify.trust', { days: view.trustDays })} name="trust" defaultChecked />
          ) : null}
          <PasscodeField
            label={t('common.passcode')}
            name="passcode"
            digits={6}
            hint={t('common.sendsItself')}
            autoFocus
          />
          <SubmitButton full pendingLabel={t('common.working')}>
            {t('common.verify')}
          </SubmitButton>
        </ActionForm>
      ) : null}
      {messaged && chosen.reachable ? <SendPasscode action={sendSignInPasscode} sent={view.passcodeSent} /> : null}
    </>
  )
}

/** "Try another way": the factors that are not asked now (E5). */
function OtherWays({ view, text: { t } }: { view: View; text: Reader }) {
  return (
    <>
      <PageHeader title={t('verify.anotherTitle')} intro={t('verify.anotherIntro')} />
      <ActionForm action={tryAnother}>
        {view.asked.map((factor) => (
          <SubmitButton
            key={factor.id}
            full
            name="factor"
            value={factor.id}
            variant="secondary"
            className="justify-start! py-4! text-left"
          >
            <span className="grid gap-1">
              <bdi className="text-base font-semibold">{factor.name}</bdi>
              <span className="text-sm font-normal text-ink-muted">
                {factor.kind === 'totp' || factor.kind === 'passkey'
                  ? t('verify.wayApp')
                  : t(factor.kind === 'email' ? 'verify.wayEmail' : 'verify.waySms', { target: factor.target ?? '' })}
              </span>
            </span>
          </SubmitButton>
        ))}
      </ActionForm>
    </>
  )
}

function AskIfLost({ text: { t } }: { text: Reader }) {
  return (
    <>
      <PageHeader title={t('verify.lostTitle')} intro={t('verify.lostIntro')} />
      <ActionForm action={answerLost}>
        <SubmitButton full name="answer" value="at_hand" variant="secondary">
          {t('verify.notAtHand')}
        </SubmitButton>
        <SubmitButton full name="answer" value="lost" variant="secondary">
          {t('verify.lost')}
        </SubmitButton>
      </ActionForm>
    </>
  )
}
