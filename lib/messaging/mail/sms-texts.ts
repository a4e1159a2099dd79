import type { SmsNotice } from '../sms/types'
import type { MailLocale } from './types'

/** Short enough for one message where letters of the GSM alphabet are enough. The last line is for autofill. */
const TEXTS: Record<MailLocale, (code: string, host: string, minutes: number) => string> = {
  en: (code, host, minutes) => `${code} is your passcode for ${host}. Good for ${minutes} minutes. Give it to nobody.`,
  de: (code, host, minutes) =>
    `${code} ist Ihr Einmalcode für ${host}. Gilt ${minutes} Minuten. Geben Sie ihn niemandem.`,
  ja: (code, host, minutes) =>
    `${host} の確認コードは ${code} です。${minutes}分間有効です。誰にも教えないでください。`,
  ko: (code, host, minutes) =>
    `${host} 인증 코드는 ${code}입니다. ${minutes}분간 유효합니다. 누구에게도 알려 주지 마십시오.`,
}

/** The text of a passcode message; its end binds the code to this origin, for browsers that fill it in. */
export function passcodeText(
  values: { code: string; minutes: number },
  reader: { locale: MailLocale; publicUrl: string },
): string {
  const { host } = new URL(reader.publicUrl)
  return `${TEXTS[reader.locale](values.code, host, values.minutes)}\n\n@${host} #${values.code}`
}

const NOTICES: Record<MailLocale, Record<SmsNotice, (host: string) => string>> = {
  en: {
    sms_factors_reset: (host) =>
      `${host}: an administrator reset your 2FA. Not agreed with you? Open our mail: it stops this.`,
    sms_code_issued: (host) =>
      `${host}: an administrator made a recovery code for you. Not agreed with you? Open our mail: it stops this.`,
    sms_reset_asked: (host) =>
      `${host}: someone with your password asks to reset your 2FA. Not you? Open our mail: it cancels this.`,
  },
  de: {
    sms_factors_reset: (host) =>
      `${host}: Ein Administrator hat Ihre 2FA zurückgesetzt. Nicht abgesprochen? Öffnen Sie unsere E-Mail: Sie stoppt das.`,
    sms_code_issued: (host) =>
      `${host}: Ein Administrator hat einen Wiederherstellungscode für Sie erstellt. Nicht abgesprochen? Öffnen Sie unsere E-Mail.`,
    sms_reset_asked: (host) =>
      `${host}: Jemand mit Ihrem Passwort will Ihre 2FA zurücksetzen lassen. Nicht Sie? Öffnen Sie unsere E-Mail: Sie bricht das ab.`,
  },
  ja: {
    sms_factors_reset: (host) =>
      `${host}：管理者があなたの2FAをリセットしました。心当たりがない場合は、届いたメールから停止できます。`,
    sms_code_issued: (host) =>
      `${host}：管理者があなたのリカバリーコードを発行しました。心当たりがない場合は、届いたメールから停止できます。`,
    sms_reset_asked: (host) =>
      `${host}：あなたの2FAのリセットが依頼されました。心当たりがない場合は、届いたメールから取り消せます。`,
  },
  ko: {
    sms_factors_reset: (host) =>
      `${host}: 관리자가 사용자님의 2FA를 재설정했습니다. 모르는 일이라면 받은 메일에서 중지하십시오.`,
    sms_code_issued: (host) =>
      `${host}: 관리자가 사용자님의 복구 코드를 만들었습니다. 모르는 일이라면 받은 메일에서 중지하십시오.`,
    sms_reset_asked: (host) =>
      `${host}: 사용자님의 2FA 재설정이 요청되었습니다. 본인이 아니라면 받은 메일에서 취소하십시오.`,
  },
}

export function isSmsNotice(template: string): template is SmsNotice {
  return Object.hasOwn(NOTICES.en, template)
}

export function noticeText(template: SmsNotice, reader: { locale: MailLocale; publicUrl: string }): string {
  return NOTICES[reader.locale][template](new URL(reader.publicUrl).host)
}
