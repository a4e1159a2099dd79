import { formatTime } from './format'
import type { MailText, MailTexts } from './texts'
import type { MailFactor } from './types'
import { describeUserAgent } from './user-agent'

const factors: Record<MailFactor, string> = {
  totp: 'An authenticator app',
  email: 'Your email address',
  sms: 'Your phone number',
  passkey: 'A passkey',
}

const minutes = (n: number) => (n === 1 ? '1 minute' : `${n} minutes`)

function origin(from: { address: string | null; userAgent: string | null }): MailText {
  return {
    facts: [
      ['Browser', describeUserAgent(from.userAgent) ?? 'unknown'],
      ['IP address', from.address ?? 'unknown'],
    ],
  }
}

const nothingToDo = 'If it was you, there is nothing to do.'
const changePassword = 'If it was not you, sign in and change your password at:'

export const en: MailTexts = {
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  footer: (host) => `This message was sent by the sign-in service at ${host}. Replies are not read.`,
  mails: {
    device_passcode: (values, links) => ({
      subject: 'Your verification passcode',
      body: [
        'Someone is signing in to your account from a new device. If it is you, enter this passcode:',
        { code: values.code },
        `It works once and expires after ${minutes(values.minutes)}. Enter it only on the page where you are signing in, and give it to nobody.`,
        origin(values),
        'If it is not you, someone knows your password. Sign in and change it at:',
        { link: links.security },
      ],
    }),
    step_up_passcode: (values, links) => ({
      subject: 'Your passcode to confirm it is you',
      body: [
        'A change to your account needs your confirmation. If you are making it, enter this passcode:',
        { code: values.code },
        `It works once and expires after ${minutes(values.minutes)}. Give it to nobody.`,
        'If it is not you, someone else is signed in to your account. Sign in and change your password at:',
        { link: links.security },
      ],
    }),
    factor_added: (values, links) => ({
      subject: 'A second factor was added to your account',
      body: [
        `${factors[values.factor]} was added to your account as a second factor on ${formatTime('en', values.when)}.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factor_removed: (values, links) => ({
      subject: 'A second factor was removed from your account',
      body: [
        `${factors[values.factor]} is no longer a second factor of your account.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_on: (_, links) => ({
      subject: 'Two-factor authentication was turned on',
      body: [
        'Two-factor authentication (2FA) was turned on for your account. Signing in now takes a second factor besides your password.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_off: (_, links) => ({
      subject: 'Two-factor authentication was turned off',
      body: [
        'Two-factor authentication (2FA) was turned off for your account. Signing in no longer asks for a second factor.',
        nothingToDo,
        'If it was not you, sign in, change your password and turn 2FA on again at:',
        { link: links.security },
      ],
    }),
    recovery_codes_made: (_, links) => ({
      subject: 'New recovery codes were made',
      body: [
        'New recovery codes were made for your account. Earlier ones no longer work.',
        'Keep them where you can reach them without your phone.',
        changePassword,
        { link: links.security },
      ],
    }),
    recovery_code_used: (values, links) => ({
      subject: 'A recovery code was used',
      body: [
        `A recovery code of your account was used. ${recoveryCodesLeft(values.left)}`,
        values.left > 3 ? nothingToDo : 'If it was you, sign in and make new recovery codes at the address below.',
        'If it was not you, sign in, change your password and make new recovery codes at:',
        { link: links.security },
      ],
    }),
    password_changed: (_, links) => ({
      subject: 'Your password was changed',
      body: [
        'The password of your account was changed.',
        nothingToDo,
        'If it was not you and you can no longer sign in, ask your administrator for help at once. Otherwise sign in and change your password at:',
        { link: links.security },
      ],
    }),
    new_device: (values, links) => ({
      subject: 'New sign-in to your account',
      body: [
        'Someone signed in to your account from a new device.',
        origin(values),
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    too_many_attempts: (values, links) => ({
      subject: 'Too many failed attempts to sign in',
      body: [
        values.until === null
          ? 'There were too many failed attempts to sign in to your account. Second factors are locked until you use a recovery code or an administrator helps you.'
          : `There were too many failed attempts to sign in to your account. Further attempts are refused until ${formatTime('en', values.until)}.`,
        values.until === null
          ? 'If it was you, use a recovery code or ask your administrator.'
          : 'If it was you, try again after that time.',
        changePassword,
        { link: links.security },
      ],
    }),
    code_wrong_after_password: (_, links) => ({
      subject: 'A sign-in with your password was refused',
      body: [
        'Someone entered the right password of your account, but not the right passcode. The sign-in was refused.',
        nothingToDo,
        'If it was not you, someone knows your password. Sign in and change it at:',
        { link: links.security },
      ],
    }),
  },
}

function recoveryCodesLeft(left: number): string {
  if (left === 0) return 'No unused one is left.'
  return left === 1 ? '1 unused one is left.' : `${left} unused ones are left.`
}
