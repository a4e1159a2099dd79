import type { MailSettings, SmsSettings } from '../core/env'
import { systemClock } from '../core/kernel/clock'
import { createDirectoryTransport, type DirectoryTransport } from '../messaging/mail/directory-transport'
import { createResendTransport } from '../messaging/mail/resend-transport'
import { createSmtpTransport } from '../messaging/mail/smtp-transport'
import type { Mailer } from '../messaging/mail/types'
import { createTwilioTransport } from '../messaging/sms/twilio-transport'
import type { SmsSender } from '../messaging/sms/types'
import { createWebhookTransport } from '../messaging/sms/webhook-transport'

export interface Transports {
  mailer: Mailer
  /** Null where no gateway is configured. */
  sms: SmsSender | null
  directory: DirectoryTransport
  /** Asks the mail server whether it would take mail; null where that cannot be asked. */
  verifyMail: (() => Promise<void>) | null
  close(): void
}

/** The transports that the settings name; made once per process. */
export function createTransports(settings: {
  dataDir: string
  publicUrl: string
  mail: MailSettings
  sms: SmsSettings
}): Transports {
  const directory = createDirectoryTransport(settings.dataDir)
  const mail = mailOf(settings.mail, settings.publicUrl, directory)
  return { directory, sms: smsOf(settings.sms, directory), ...mail }
}

function mailOf(
  mail: MailSettings,
  publicUrl: string,
  directory: DirectoryTransport,
): Pick<Transports, 'mailer' | 'verifyMail' | 'close'> {
  switch (mail.transport) {
    case 'directory':
      return { mailer: directory.mailer, verifyMail: null, close: () => undefined }
    case 'resend':
      return { mailer: createResendTransport(mail), verifyMail: null, close: () => undefined }
    case 'smtp': {
      const transport = createSmtpTransport({ ...mail, publicUrl })
      return { mailer: transport, verifyMail: transport.verify, close: transport.close }
    }
  }
}

function smsOf(sms: SmsSettings, directory: DirectoryTransport): SmsSender | null {
  switch (sms.transport) {
    case 'none':
      return null
    case 'directory':
      return directory.sms
    case 'twilio':
      return createTwilioTransport(sms)
    case 'webhook':
      return createWebhookTransport({ ...sms, clock: systemClock })
  }
}
