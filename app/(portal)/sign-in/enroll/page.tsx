import type { Metadata } from 'next'
import { leaveSignIn } from '@/app/(portal)/sign-in/actions'
import { UnderWay } from '@/app/(portal)/sign-in/under-way'
import { EnrolForm, WizardStep } from '@/components/portal/enrol-form'
import { KindChoice } from '@/components/portal/kind-choice'
import { PhoneForm } from '@/components/portal/phone-form'
import { TotpConnection } from '@/components/portal/totp-connection'
import { Alert } from '@/components/ui/alert'
import { ActionForm, DrawnField } from '@/components/ui/form'
import { PageHeader, QuietLinks } from '@/components/ui/heading'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextButton } from '@/components/ui/text-button'
import { TextLink } from '@/components/ui/text-link'
import { ENROLLING, stepPath } from '@/lib/authentication/signin/rules'
import { PASSCODE_MINUTES } from '@/lib/credentials/passcode/rules'
import { loadStep, qrModules } from '@/lib/web/loaders/portal'
import {
  connectionTexts,
  enrolTexts,
  kindTexts,
  mailWithheldText,
  phoneTexts,
  wizardSteps,
} from '@/lib/web/words/enrol-texts'
import { portalReader, type Reader, reader } from '@/lib/web/words/reader'
import { enrol, startEnrolment } from './actions'

const HERE = '/sign-in/enroll'
type View = Awaited<ReturnType<typeof loadStep>>

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.title') }
}

export default async function EnrollPage({
  searchParams,
}: {
  searchParams: Promise<{ choose?: string; notice?: string }>
}) {
  const search = await searchParams
  const view = await loadStep([...ENROLLING, 'show-recovery-codes'], search)
  return (
    <UnderWay notice={search.notice} help={view.help}>
      <Enroll view={view} choose={search.choose} text={await portalReader()} />
    </UnderWay>
  )
}

function Enroll({ view, choose, text }: { view: View; choose: string | undefined; text: Reader }) {
  const { t } = text
  const enrolling = choose === undefined ? view.enrolling : null
  const steps = wizardSteps(text, view.invited)
  const texts = enrolTexts(text, view.tenantName, steps)
  const open = ENROLLING.includes(view.step)
  if (open && enrolling === null) {
    return (
      <>
        <WizardStep steps={steps} current={1} />
        {choose === 'sms' && view.kinds.includes('sms') ? <Phone text={text} /> : <Choice view={view} text={text} />}
      </>
    )
  }
  const messaged = enrolling !== null && enrolling.kind !== 'totp' ? enrolling : null
  const connectIntro =
    messaged === null
      ? texts.connectIntro
      : t(messaged.kind === 'email' ? 'enroll.emailSent' : 'enroll.smsSent', {
          target: messaged.target,
          minutes: PASSCODE_MINUTES,
        })
  const words =
    messaged === null ? {} : { connectTitle: t('enroll.messageTitle'), passcodeHint: t('common.sendsItself') }
  return (
    <>
      <EnrolForm
        action={enrol}
        stage={open ? 'connect' : 'codes'}
        connect={
          enrolling?.kind === 'totp' ? (
            <TotpConnection
              modules={qrModules(enrolling.connection.uri)}
              keyText={enrolling.connection.key}
              uri={enrolling.connection.uri}
              texts={connectionTexts(text)}
            />
          ) : null
        }
        another={`${HERE}?choose`}
        texts={{ ...texts, ...words, connectIntro }}
      />
      {messaged !== null ? (
        <ActionForm action={enrol} hidden={{ intent: 'resend' }} className="mt-4">
          <SubmitButton full variant="secondary" pendingLabel={t('common.working')}>
            {t('device.sendAgain')}
          </SubmitButton>
        </ActionForm>
      ) : null}
    </>
  )
}

/** Only what is allowed and can be delivered (E1). */
function Choice({ view, text }: { view: View; text: Reader }) {
  const { t } = text
  const none = view.kinds.length === 0
  const withheld = mailWithheldText(view.mailWithheld, text)
  return (
    <>
      <PageHeader
        title={t('enroll.title')}
        intro={none ? t('enroll.noneLeft') : t('enroll.intro', { tenant: view.tenantName })}
      />
      {withheld === null ? null : (
        <Alert tone="info" className="mb-5">
          {withheld}
        </Alert>
      )}
      <KindChoice
        action={startEnrolment}
        kinds={view.kinds}
        phone={`${HERE}?choose=sms`}
        texts={kindTexts(text, view.maskedEmail)}
      />
      <QuietLinks>
        {view.putOff === null ? null : (
          <TextLink href={stepPath('put-off')} quiet>
            {t('later.notNow')}
          </TextLink>
        )}
        <form action={leaveSignIn}>
          <DrawnField />
          <TextButton>{t('common.startOver')}</TextButton>
        </form>
      </QuietLinks>
    </>
  )
}

function Phone({ text }: { text: Reader }) {
  const { t } = text
  return (
    <>
      <PageHeader title={t('enroll.phoneTitle')} intro={t('enroll.phoneIntro')} />
      <PhoneForm action={startEnrolment} texts={phoneTexts(text)} />
      <QuietLinks>
        <TextLink href={`${HERE}?choose`} quiet>
          {t('enroll.chooseAnother')}
        </TextLink>
      </QuietLinks>
    </>
  )
}
