import type { EnrolTexts } from '@/components/portal/enrol-form'
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

/** Everything the enrolment form says, so that it needs no dictionary in the browser. */
export function enrolTexts({ t, date }: Reader, tenant: string, wizard: boolean): EnrolTexts {
  const step = (current: number) => t('enroll.step', { current, total: 3 })
  return {
    steps: wizard
      ? {
          items: [t('enroll.stepChoose'), t('enroll.stepConnect'), t('enroll.stepKeep')],
          text: [step(1), step(2), step(3)],
          done: t('enroll.stepDone'),
        }
      : null,
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
