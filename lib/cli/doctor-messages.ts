import { join } from 'node:path'
import { toBase32 } from '../core/crypto/encoding'
import { type Config, LOOPBACK_HOSTS } from '../core/env'
import type { Clock } from '../core/kernel/clock'
import { systemRandom } from '../core/kernel/random'
import { createTransports } from '../job/transports'
import { renderMail } from '../messaging/mail/messages'
import { NotTakenOver, Undeliverable } from '../messaging/mail/types'
import type { Check } from './doctor'
import { isThere, isWritable } from './files'

async function checkDirectoryMail(config: Config): Promise<Check> {
  const name = 'mail'
  const folder = join(config.dataDir, 'outbox')
  const place = (await isThere(folder)) ? folder : config.dataDir
  if ((await isThere(place)) && !(await isWritable(place))) {
    return { name, status: 'fail', message: `This account cannot write to ${place}, so no message can be put there.` }
  }
  if (LOOPBACK_HOSTS.has(new URL(config.publicUrl).hostname)) {
    return {
      name,
      status: 'ok',
      message: `Messages are written as files to ${folder}: good for trying it out, no email is sent.`,
    }
  }
  const message = `MAIL_TRANSPORT=directory delivers nothing by itself: have a program pick up the files in ${folder}.`
  return { name, status: 'attention', message }
}

/** Settings are right already; whether a server takes mail, only asking it tells. */
export async function checkMail(config: Config): Promise<Check> {
  const name = 'mail'
  if (config.mail.transport === 'directory') return checkDirectoryMail(config)
  if (config.mail.transport === 'resend') {
    return { name, status: 'ok', message: 'Email goes through Resend; doctor --mail-to ADDRESS sends a test.' }
  }
  const transports = createTransports(config)
  try {
    await transports.verifyMail?.()
    return {
      name,
      status: 'ok',
      message: 'The mail server answers and accepts the sign-in; doctor --mail-to ADDRESS sends a test.',
    }
  } catch (error) {
    const message = `The mail server in SMTP_URL refuses us (${codeOf(error)}): check host, user, and password.`
    return { name, status: 'fail', message }
  } finally {
    transports.close()
  }
}

function codeOf(error: unknown): string {
  return error instanceof NotTakenOver || error instanceof Undeliverable ? error.code : 'failed'
}

const OUTCOMES = {
  mail: 'The test email was accepted: check that it arrives.',
  sms: 'The test message was accepted: check that it arrives.',
}

/** Sends one message through the transport of the settings, now and not by the outbox. */
export async function sendTest(config: Config, clock: Clock, what: 'mail' | 'sms', to: string): Promise<Check> {
  const name = `test ${what}`
  const transports = createTransports(config)
  const id = `test-${toBase32(systemRandom(10)).toLowerCase()}`
  const reader = { name: null, tenant: null, locale: 'en' as const, publicUrl: config.publicUrl }
  const common = { id, to, locale: 'en' as const, createdAt: clock.now() }
  try {
    const mail = renderMail({ template: 'test_message', values: {} }, reader)
    if (what === 'mail') await transports.mailer.send({ ...common, ...mail })
    else if (transports.sms === null) throw new NotTakenOver('no_gateway')
    else await transports.sms.send({ ...common, text: mail.text })
    return { name, status: 'ok', message: OUTCOMES[what] }
  } catch (error) {
    return { name, status: 'fail', message: `The test message was not accepted (${codeOf(error)}).` }
  } finally {
    transports.close()
  }
}
