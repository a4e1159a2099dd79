import type { EnrolTexts, WizardSteps } from '@/components/portal/enrol-form'
import type { KindTexts } from '@/components/portal/kind-choice'
import type { PhoneTexts } from '@/components/portal/phone-form'
import type { TotpConnectionProps } from '@/components/portal/totp-connection'
import { deps } from '../server/deps'
import type { Reader } from './reader'

export function connectionTexts({ t }: Reader): TotpConnectionProps['texts'] {
  return {
    apps: t('enroll.apps'),
    qr: t('enroll.qr'),
    showQr: t('enroll.showQr'),
    key: t('enroll.key'),
    copy: t('common.copy'),
    copied: t('common.copied'),
    open: t('enroll.openApp'),
  }
}

export function kindTexts({ t }: Reader, email: string): KindTexts {
  const of = (kind: keyof KindTexts) => ({
    name: t(`factor.${kind}`),
    hint: t(`enroll.hint.${kind}`, { email }),
    strength: t(kind === 'totp' ? 'enroll.good' : 'enroll.basic'),
  })
  return { totp: of('totp'), email: of('email'), sms: of('sms') }
}

/** Why the mailbox is not offered; null where nothing is withheld. */
export function mailWithheldText(withheld: { until: Date | null } | null, { t, time }: Reader): string | null {
  if (withheld === null) return null
  const { until } = withheld
  return until === null ? t('enroll.mailWithheld') : t('enroll.mailWithheldUntil', { when: time(until) })
}

export function phoneTexts({ t }: Reader): PhoneTexts {
  return {
    phone: t('enroll.phone'),
    hint: t('enroll.phoneHint'),
    send: t('device.send'),
    working: t('common.working'),
  }
}

/** The three of the wizard; by an invitation the password comes before them, and a last page behind (R10). */
export function wizardSteps({ t }: Reader, invited: boolean): WizardSteps {
  const wizard = [t('enroll.stepChoose'), t('enroll.stepConnect'), t('enroll.stepKeep')]
  const items = invited ? [t('enroll.stepPassword'), ...wizard, t('enroll.stepLast')] : wizard
  const text = items.map((_, index) => t('enroll.step', { current: index + 1, total: items.length }))
  return { items, text, done: t('enroll.stepDone'), before: invited ? 1 : 0 }
}

/**
 * Everything the enrolment form says, so that it needs no dictionary in the browser; `steps` where it is the wizard.
 */
export function enrolTexts(reader: Reader, tenant: string, steps: WizardSteps | null): EnrolTexts {
  const { t, date } = reader
  return {
    steps,
    connectTitle: t('enroll.connectTitle'),
    connectIntro: t('enroll.connectIntro'),
    passcode: t('common.passcode'),
    passcodeHint: t('enroll.passcodeHint'),
    another: t('enroll.chooseAnother'),
    verify: t('common.verify'),
    codesTitle: t('codes.title'),
    codesIntro: t('codes.intro'),
    codesLabel: t('codes.label'),
    typeBack: t('codes.typeBack'),
    typeBackHint: t('codes.typeBackHint'),
    goOn: t('common.continue'),
    copy: t('common.copy'),
    copied: t('common.copied'),
    download: t('codes.download'),
    print: t('codes.print'),
    sheetTitle: t('codes.sheetTitle', { tenant }),
    sheetLines: [t('codes.sheetUse'), t('codes.sheetMade', { time: date(deps().clock.now()) })],
    fileName: 'twofold-recovery-codes.txt',
    renewTitle: t('codes.title'),
    renewIntro: t('codes.renewIntro'),
    renew: t('codes.renew'),
    working: t('common.working'),
  }
}
