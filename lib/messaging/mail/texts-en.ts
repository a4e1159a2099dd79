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
    recovery_code_issued: (values) => ({
      subject: 'An administrator made a recovery code for you',
      body: [
        `${values.by} made a recovery code for your account. It works once, for ${minutes(values.minutes)}. You get it from them, never by mail.`,
        'If you asked for it, use it on the page where you are signing in. Then set up your second factor again.',
        'If you did not ask for it, stop it here. Nobody needs to sign in for that, and the link works for 7 days:',
        { link: values.link },
      ],
    }),
    recovery_code_issued_other: (values, links) => ({
      subject: `A recovery code was made for ${values.person}`,
      body: [
        `${values.by} made a recovery code for ${values.person}. Reason given: ${values.reason}`,
        'If this was agreed, there is nothing to do. If not, look at it in the console:',
        { link: links.home },
      ],
    }),
    issued_code_used: (_, links) => ({
      subject: 'A recovery code from an administrator was used',
      body: [
        'The recovery code that an administrator made for your account was used to sign in.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factors_reset: (values) => ({
      subject: 'Your two-factor authentication was reset',
      body: [
        `${values.by} removed the second factors and recovery codes of your account. All sessions have ended.`,
        'At your next sign-in you get a passcode at this address. Then set up your second factor again.',
        'If you did not ask for this, stop it here. Nobody needs to sign in for that, and the link works for 7 days:',
        { link: values.link },
      ],
    }),
    reset_asked: (values) => ({
      subject: 'You asked for a reset of your two-factor authentication',
      body: [
        'Someone who knows your password asked your administrators to reset your second factor. They decide about it and may call you.',
        origin(values),
        'If it was not you, or you can sign in again, cancel it here. Nobody needs to sign in for that:',
        { link: values.link },
      ],
    }),
    report_ready: (values) => ({
      subject: `The 2FA status report of ${values.tenant} is ready`,
      body: [
        `It has ${values.rows} rows and can be downloaded for ${values.hours} hours by an administrator who is signed in:`,
        { link: values.link },
      ],
    }),
    reset_waiting: (values) => ({
      subject: `${values.person} asks for a reset of 2FA`,
      body: [
        `${values.person} cannot sign in and asks for a reset of their second factor. Make sure it is really them, by a call or in person, before you decide:`,
        { link: values.link },
      ],
    }),
    reset_denied: (values, links) => ({
      subject: 'Your two-factor authentication was not reset',
      body: [
        `Your administrators decided not to reset your second factor. Their reason: ${values.reason}`,
        'If you still cannot sign in, call them. If you did not ask for a reset, change your password at:',
        { link: links.security },
      ],
    }),
    reset_cancelled: (values, links) => ({
      subject: `The reset for ${values.person} was cancelled`,
      body: [
        `${values.person} cancelled the request to reset their second factor. It may not have come from them: someone else may know their password.`,
        { link: links.home },
      ],
    }),
    break_glass: (values, links) => ({
      subject: `Alarm: a recovery code was made on the server for ${values.person}`,
      body: [
        `Somebody with access to the server made a recovery code for ${values.person}, past the console. Reason given: ${values.reason}`,
        'If nobody in your company knows of it, talk to whoever runs the server at once. Sessions and people are at:',
        { link: links.home },
      ],
    }),
    stopped: (values, links) => ({
      subject: `${values.person} says: this was not me`,
      body: [
        `${values.person} used the link in a notice to say that a change of their account was not theirs. Their sessions, open sign-ins and issued recovery codes have ended, and a new password is demanded.`,
        'Find out who asked for the change before you help again:',
        { link: links.home },
      ],
    }),
    stopped_here: (_, links) => ({
      subject: 'You stopped a change of your account',
      body: [
        'The link in a notice was used to say that a change of your account was not yours. All sessions, recovery codes that were issued, and second factors and recovery codes set up since the notice are gone.',
        'At your next sign-in you choose a new password and, where none is left, set up your second factor again. Sign in at:',
        { link: links.home },
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
    factor_passcode: (values, links) => ({
      subject: 'Your verification passcode',
      body: [
        'Someone with the right password is signing in to your account. If it is you, enter this passcode:',
        { code: values.code },
        `It works once and expires after ${minutes(values.minutes)}. Enter it only on the page where you are signing in, and give it to nobody.`,
        origin(values),
        'If it is not you, someone knows your password. Sign in and change it at:',
        { link: links.security },
      ],
    }),
    enrol_passcode: (values, links) => ({
      subject: 'Your verification passcode',
      body: [
        'You are making this mailbox the second factor of your account. To confirm it, enter this passcode:',
        { code: values.code },
        `It works once and expires after ${minutes(values.minutes)}. Give it to nobody.`,
        'If it is not you, someone else is using your account. Sign in and change your password at:',
        { link: links.security },
      ],
    }),
    sign_in_link: (values) => ({
      subject: 'Your sign-in link',
      body: [
        'Open this link to sign in. It leads to a page with a button:',
        { link: values.link },
        `It works once and for ${minutes(values.minutes)}. Pass it on to nobody.`,
        origin(values),
        'If you did not ask for it, do nothing: nobody gets in without it.',
      ],
    }),
    sign_in_link_refused: (values) => ({
      subject: 'Sign in with your password',
      body: [
        'Someone asked for a link to sign in to your account. At present a link alone cannot sign you in: use your password at:',
        { link: values.link },
        'If it was not you, there is nothing to do.',
      ],
    }),
    invitation: (values) => ({
      subject: `Your account at ${values.tenant}`,
      body: [
        `${values.by} invites you to use ${values.tenant}. Open this link to choose your password:`,
        { link: values.link },
        `It works once, within ${values.hours} hours. After that, ask for a new one.`,
        'If you do not know what this is about, do nothing.',
      ],
    }),
    password_reset: (values) => ({
      subject: 'Set a new password',
      body: [
        'Someone asked to set a new password for your account. If it was you, open this link:',
        { link: values.link },
        `It works once and for ${minutes(values.minutes)}. Your second factor stays as it is.`,
        origin(values),
        'If it was not you, do nothing: your password stays as it is.',
      ],
    }),
    password_reset_refused: (values) => ({
      subject: 'No new password by email yet',
      body: [
        `Someone asked to set a new password for your account. An administrator registered this address a short time ago: until ${formatTime('en', values.until)} it cannot set one.`,
        'Sign in with your password, or ask an administrator for help.',
        'If it was not you, there is nothing to do.',
      ],
    }),
    exempted: (values) => ({
      subject: 'You need no second factor for a while',
      body: [
        `${values.by} exempted you from two-factor authentication until ${formatTime('en', values.until)}. After that your next sign-in asks you to set it up.`,
        'If you did not expect this, tell another administrator.',
      ],
    }),
    password_reset_done: () => ({
      subject: 'Your password was set anew',
      body: [
        'The password of your account was set anew through a link in a mail to this address. All sessions have ended.',
        'Until you have used another factor or a recovery code, a passcode by email is no second proof.',
        nothingToDo,
        'If it was not you, set a new password at once (“Forgot your password?” on the sign-in page), and tell your administrator that someone reads your mail.',
      ],
    }),
    address_confirm: (values) => ({
      subject: 'Confirm your new address',
      body: [
        'You want to sign in with this address from now on. To confirm it, open this link:',
        { link: values.link },
        `It works once and for ${values.hours} hours. Until then nothing changes.`,
        'If you do not know what this is about, do nothing.',
      ],
    }),
    address_in_use: () => ({
      subject: 'Someone tried to use your address',
      body: [
        'Someone who is signed in to another account tried to make your address theirs. It stays yours, and nothing was changed.',
        'There is nothing to do.',
      ],
    }),
    address_changed: (values) => ({
      subject: 'The address of your account was changed',
      body: [
        `The address of your account is now ${values.newAddress}. You no longer sign in with this one.`,
        nothingToDo,
        `If it was not you, bring the old address back. The link works for ${values.days} days and without signing in; it ends all sessions, and a new password is asked for:`,
        { link: values.link },
      ],
    }),
    address_changed_here: (_, links) => ({
      subject: 'This is now the address of your account',
      body: [
        'You sign in with this address from now on, and mails about your account come here.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    address_given: (values) => ({
      subject: 'An administrator changed the address of your account',
      body: [
        `${values.by} changed the address of your account to ${values.newAddress}. You no longer sign in with this one.`,
        'If you asked for this, there is nothing to do.',
        `If not, bring this address back. The link works for ${values.days} days and without signing in; it ends all sessions, and a new password is asked for:`,
        { link: values.link },
      ],
    }),
    address_given_here: (values) => ({
      subject: 'An administrator registered this address for your account',
      body: [
        `${values.by} registered this address for your account: you sign in with it from now on, and mails about your account come here.`,
        `Until ${formatTime('en', values.until)} no new password can be set and no sign-in link sent through it, and a passcode sent here is no second factor.`,
        'If you did not expect this, tell another administrator.',
      ],
    }),
    address_left: (values) => ({
      subject: 'This is no longer the address of your account',
      body: [
        `An administrator had registered this address for your account a short time ago; now it is ${values.newAddress}. You no longer sign in with this one.`,
        'If you did not expect this, tell an administrator of your company.',
      ],
    }),
    address_restored: () => ({
      subject: 'Your old address is back',
      body: [
        'The change of your account’s address was undone. All sessions have ended.',
        'At your next sign-in you are asked for a new password. If you do not know the current one, choose “Forgot your password?” on the sign-in page.',
      ],
    }),
    not_me_reported: (values, links) => ({
      subject: 'A device was signed out of your account',
      body: [
        'You said that this was not you. It was signed out and forgotten:',
        origin(values),
        'Your password may be known to someone else: nothing can be done in your account until you have set a new one.',
        'If you did not say so, sign in and change your password at:',
        { link: links.security },
      ],
    }),
    test_message: () => ({
      subject: 'Test message',
      body: ['This is a test. Mail from the sign-in service reaches you.'],
    }),
    new_device: (values, links) => ({
      subject: 'New sign-in to your account',
      body: [
        `Someone signed in to your account from a new device on ${formatTime('en', values.when)}.`,
        origin(values),
        nothingToDo,
        'If it was not you, say so there and change your password:',
        { link: links.devices },
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
