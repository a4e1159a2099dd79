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
