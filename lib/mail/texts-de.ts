import { formatTime } from './format'
import type { MailText, MailTexts } from './texts'
import type { MailFactor } from './types'
import { describeUserAgent } from './user-agent'

const added: Record<MailFactor, string> = {
  totp: 'wurde eine Authenticator-App',
  email: 'wurde Ihre E-Mail-Adresse',
  sms: 'wurde Ihre Telefonnummer',
  passkey: 'wurde ein Passkey',
}

const removed: Record<MailFactor, string> = {
  totp: 'eine Authenticator-App',
  email: 'Ihre E-Mail-Adresse',
  sms: 'Ihre Telefonnummer',
  passkey: 'ein Passkey',
}

const minutes = (n: number) => (n === 1 ? '1 Minute' : `${n} Minuten`)

function origin(from: { address: string | null; userAgent: string | null }): MailText {
  return {
    facts: [
      ['Browser', describeUserAgent(from.userAgent) ?? 'unbekannt'],
      ['IP-Adresse', from.address ?? 'unbekannt'],
    ],
  }
}

const nothingToDo = 'Wenn Sie das waren, ist nichts weiter zu tun.'
const changePassword = 'Wenn Sie das nicht waren, melden Sie sich an und ändern Sie Ihr Passwort unter:'

// After the comma of the greeting a German sentence starts in lower case.
export const de: MailTexts = {
  greeting: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
  footer: (host) =>
    `Diese Nachricht wurde vom Anmeldedienst unter ${host} gesendet. Antworten darauf werden nicht gelesen.`,
  mails: {
    device_passcode: (values, links) => ({
      subject: 'Ihr Einmalcode zur Bestätigung',
      body: [
        'jemand meldet sich von einem neuen Gerät an Ihrem Konto an. Wenn Sie das sind, geben Sie diesen Einmalcode ein:',
        { code: values.code },
        `Er gilt einmal und läuft nach ${minutes(values.minutes)} ab. Geben Sie ihn nur auf der Seite ein, auf der Sie sich anmelden, und geben Sie ihn an niemanden weiter.`,
        origin(values),
        'Wenn Sie das nicht sind, kennt jemand Ihr Passwort. Melden Sie sich an und ändern Sie es unter:',
        { link: links.security },
      ],
    }),
    step_up_passcode: (values, links) => ({
      subject: 'Ihr Einmalcode zur Bestätigung einer Änderung',
      body: [
        'eine Änderung an Ihrem Konto braucht Ihre Bestätigung. Wenn Sie sie gerade vornehmen, geben Sie diesen Einmalcode ein:',
        { code: values.code },
        `Er gilt einmal und läuft nach ${minutes(values.minutes)} ab. Geben Sie ihn an niemanden weiter.`,
        'Wenn Sie das nicht sind, ist jemand anderes an Ihrem Konto angemeldet. Melden Sie sich an und ändern Sie Ihr Passwort unter:',
        { link: links.security },
      ],
    }),
    factor_added: (values, links) => ({
      subject: 'Ihrem Konto wurde ein zweiter Faktor hinzugefügt',
      body: [
        `am ${formatTime('de', values.when)} ${added[values.factor]} als zweiter Faktor zu Ihrem Konto hinzugefügt.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factor_removed: (values, links) => ({
      subject: 'Ein zweiter Faktor wurde von Ihrem Konto entfernt',
      body: [
        `${removed[values.factor]} ist kein zweiter Faktor Ihres Kontos mehr.`,
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_on: (_, links) => ({
      subject: 'Die Zwei-Faktor-Authentifizierung wurde eingeschaltet',
      body: [
        'die Zwei-Faktor-Authentifizierung (2FA) wurde für Ihr Konto eingeschaltet. Zur Anmeldung gehört jetzt neben dem Passwort ein zweiter Faktor.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    two_factor_off: (_, links) => ({
      subject: 'Die Zwei-Faktor-Authentifizierung wurde ausgeschaltet',
      body: [
        'die Zwei-Faktor-Authentifizierung (2FA) wurde für Ihr Konto ausgeschaltet. Bei der Anmeldung wird kein zweiter Faktor mehr verlangt.',
        nothingToDo,
        'Wenn Sie das nicht waren, melden Sie sich an, ändern Sie Ihr Passwort und schalten Sie die 2FA wieder ein unter:',
        { link: links.security },
      ],
    }),
    recovery_codes_made: (_, links) => ({
      subject: 'Neue Wiederherstellungscodes wurden erstellt',
      body: [
        'für Ihr Konto wurden neue Wiederherstellungscodes erstellt. Frühere gelten nicht mehr.',
        'Bewahren Sie sie dort auf, wo Sie sie auch ohne Ihr Telefon erreichen.',
        changePassword,
        { link: links.security },
      ],
    }),
    recovery_code_used: (values, links) => ({
      subject: 'Ein Wiederherstellungscode wurde verwendet',
      body: [
        `ein Wiederherstellungscode Ihres Kontos wurde verwendet. ${recoveryCodesLeft(values.left)}`,
        values.left > 3
          ? nothingToDo
          : 'Wenn Sie das waren, melden Sie sich an und erstellen Sie unter der folgenden Adresse neue Wiederherstellungscodes.',
        'Wenn Sie das nicht waren, melden Sie sich an, ändern Sie Ihr Passwort und erstellen Sie neue Wiederherstellungscodes unter:',
        { link: links.security },
      ],
    }),
    password_changed: (_, links) => ({
      subject: 'Ihr Passwort wurde geändert',
      body: [
        'das Passwort Ihres Kontos wurde geändert.',
        nothingToDo,
        'Wenn Sie das nicht waren und sich nicht mehr anmelden können, bitten Sie sofort Ihre Administration um Hilfe. Sonst melden Sie sich an und ändern Sie Ihr Passwort unter:',
        { link: links.security },
      ],
    }),
    new_device: (values, links) => ({
      subject: 'Neue Anmeldung an Ihrem Konto',
      body: [
        'jemand hat sich von einem neuen Gerät an Ihrem Konto angemeldet.',
        origin(values),
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    too_many_attempts: (values, links) => ({
      subject: 'Zu viele fehlgeschlagene Anmeldeversuche',
      body: [
        values.until === null
          ? 'es gab zu viele fehlgeschlagene Versuche, sich an Ihrem Konto anzumelden. Die zweiten Faktoren sind gesperrt, bis Sie einen Wiederherstellungscode verwenden oder Ihre Administration hilft.'
          : `es gab zu viele fehlgeschlagene Versuche, sich an Ihrem Konto anzumelden. Weitere Versuche werden bis ${formatTime('de', values.until)} abgelehnt.`,
        values.until === null
          ? 'Wenn Sie das waren, verwenden Sie einen Wiederherstellungscode oder wenden Sie sich an Ihre Administration.'
          : 'Wenn Sie das waren, versuchen Sie es nach diesem Zeitpunkt noch einmal.',
        changePassword,
        { link: links.security },
      ],
    }),
    code_wrong_after_password: (_, links) => ({
      subject: 'Eine Anmeldung mit Ihrem Passwort wurde abgelehnt',
      body: [
        'jemand hat das richtige Passwort Ihres Kontos eingegeben, aber nicht den richtigen Einmalcode. Die Anmeldung wurde abgelehnt.',
        nothingToDo,
        'Wenn Sie das nicht waren, kennt jemand Ihr Passwort. Melden Sie sich an und ändern Sie es unter:',
        { link: links.security },
      ],
    }),
  },
}

function recoveryCodesLeft(left: number): string {
  if (left === 0) return 'Es ist kein unbenutzter mehr übrig.'
  return left === 1 ? 'Es ist noch 1 unbenutzter übrig.' : `Es sind noch ${left} unbenutzte übrig.`
}
