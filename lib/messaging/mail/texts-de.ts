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
    recovery_code_issued: (values) => ({
      subject: 'Ein Administrator hat einen Wiederherstellungscode für Sie erstellt',
      body: [
        `${values.by} hat einen Wiederherstellungscode für Ihr Konto erstellt. Er gilt einmal, ${minutes(values.minutes)} lang. Sie erhalten ihn von dort und nie per E-Mail.`,
        'Wenn Sie darum gebeten haben, benutzen Sie ihn auf der Seite, auf der Sie sich anmelden. Richten Sie danach Ihren zweiten Faktor neu ein.',
        'Wenn Sie nicht darum gebeten haben, halten Sie es hier auf. Dafür muss sich niemand anmelden, und der Link gilt 7 Tage:',
        { link: values.link },
      ],
    }),
    recovery_code_issued_other: (values, links) => ({
      subject: `Für ${values.person} wurde ein Wiederherstellungscode erstellt`,
      body: [
        `${values.by} hat einen Wiederherstellungscode für ${values.person} erstellt. Angegebener Grund: ${values.reason}`,
        'Wenn das abgesprochen war, ist nichts zu tun. Wenn nicht, sehen Sie in der Konsole nach:',
        { link: links.home },
      ],
    }),
    issued_code_used: (_, links) => ({
      subject: 'Ein Wiederherstellungscode eines Administrators wurde verwendet',
      body: [
        'der Wiederherstellungscode, den ein Administrator für Ihr Konto erstellt hat, wurde zur Anmeldung verwendet.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    factors_reset: (values) => ({
      subject: 'Ihre Zwei-Faktor-Authentisierung wurde zurückgesetzt',
      body: [
        `${values.by} hat die zweiten Faktoren und Wiederherstellungscodes Ihres Kontos entfernt. Alle Sitzungen sind beendet.`,
        'Bei der nächsten Anmeldung erhalten Sie einen Einmalcode an diese Adresse. Richten Sie danach Ihren zweiten Faktor neu ein.',
        'Wenn Sie nicht darum gebeten haben, halten Sie es hier auf. Dafür muss sich niemand anmelden, und der Link gilt 7 Tage:',
        { link: values.link },
      ],
    }),
    reset_asked: (values) => ({
      subject: 'Sie haben um das Zurücksetzen Ihrer Zwei-Faktor-Authentisierung gebeten',
      body: [
        'jemand, der Ihr Passwort kennt, hat Ihre Administratoren gebeten, Ihren zweiten Faktor zurückzusetzen. Sie entscheiden darüber und rufen Sie vielleicht an.',
        origin(values),
        'Wenn Sie das nicht waren oder sich wieder anmelden können, brechen Sie es hier ab. Dafür muss sich niemand anmelden:',
        { link: values.link },
      ],
    }),
    report_ready: (values) => ({
      subject: `Der 2FA-Statusbericht von ${values.tenant} ist fertig`,
      body: [
        `Er hat ${values.rows} Zeilen und kann ${values.hours} Stunden lang von angemeldeten Administratoren heruntergeladen werden:`,
        { link: values.link },
      ],
    }),
    reset_waiting: (values) => ({
      subject: `${values.person} bittet um das Zurücksetzen von 2FA`,
      body: [
        `${values.person} kann sich nicht anmelden und bittet um das Zurücksetzen des zweiten Faktors. Vergewissern Sie sich am Telefon oder persönlich, wer da fragt, bevor Sie entscheiden:`,
        { link: values.link },
      ],
    }),
    reset_denied: (values, links) => ({
      subject: 'Ihre Zwei-Faktor-Authentisierung wurde nicht zurückgesetzt',
      body: [
        `Ihre Administratoren haben entschieden, Ihren zweiten Faktor nicht zurückzusetzen. Ihre Begründung: ${values.reason}`,
        'Wenn Sie sich weiterhin nicht anmelden können, rufen Sie dort an. Wenn Sie nicht darum gebeten haben, ändern Sie Ihr Passwort unter:',
        { link: links.security },
      ],
    }),
    reset_cancelled: (values, links) => ({
      subject: `Das Zurücksetzen für ${values.person} wurde abgebrochen`,
      body: [
        `${values.person} hat die Bitte um das Zurücksetzen des zweiten Faktors abgebrochen. Vielleicht kam sie von jemand anderem, der das Passwort kennt.`,
        { link: links.home },
      ],
    }),
    break_glass: (values, links) => ({
      subject: `Alarm: Auf dem Server wurde ein Wiederherstellungscode für ${values.person} erstellt`,
      body: [
        `jemand mit Zugang zum Server hat an der Konsole vorbei einen Wiederherstellungscode für ${values.person} erstellt. Angegebener Grund: ${values.reason}`,
        'Wenn in Ihrem Unternehmen niemand davon weiß, sprechen Sie sofort mit dem Betreiber des Servers. Sitzungen und Personen finden Sie unter:',
        { link: links.home },
      ],
    }),
    stopped: (values, links) => ({
      subject: `${values.person} sagt: Das war ich nicht`,
      body: [
        `${values.person} hat über den Link in einer Nachricht gemeldet, dass eine Änderung am Konto nicht gewollt war. Sitzungen, offene Anmeldungen und ausgestellte Wiederherstellungscodes sind beendet, und ein neues Passwort wird verlangt.`,
        'Finden Sie heraus, wer um die Änderung gebeten hat, bevor Sie wieder helfen:',
        { link: links.home },
      ],
    }),
    stopped_here: (_, links) => ({
      subject: 'Sie haben eine Änderung Ihres Kontos aufgehalten',
      body: [
        'über den Link in einer Nachricht wurde gemeldet, dass eine Änderung Ihres Kontos nicht von Ihnen kam. Alle Sitzungen, ausgestellte Wiederherstellungscodes sowie zweite Faktoren und Wiederherstellungscodes, die seit der Nachricht eingerichtet wurden, sind entfernt.',
        'Bei der nächsten Anmeldung wählen Sie ein neues Passwort und richten, wenn keiner mehr da ist, Ihren zweiten Faktor neu ein. Melden Sie sich an unter:',
        { link: links.home },
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
    factor_passcode: (values, links) => ({
      subject: 'Ihr Einmalcode zur Bestätigung',
      body: [
        'jemand mit dem richtigen Passwort meldet sich an Ihrem Konto an. Wenn Sie das sind, geben Sie diesen Einmalcode ein:',
        { code: values.code },
        `Er gilt einmal und läuft nach ${minutes(values.minutes)} ab. Geben Sie ihn nur auf der Seite ein, auf der Sie sich anmelden, und geben Sie ihn an niemanden weiter.`,
        origin(values),
        'Wenn Sie das nicht sind, kennt jemand Ihr Passwort. Melden Sie sich an und ändern Sie es unter:',
        { link: links.security },
      ],
    }),
    enrol_passcode: (values, links) => ({
      subject: 'Ihr Einmalcode zur Bestätigung',
      body: [
        'Sie machen dieses Postfach zum zweiten Faktor Ihres Kontos. Geben Sie zur Bestätigung diesen Einmalcode ein:',
        { code: values.code },
        `Er gilt einmal und läuft nach ${minutes(values.minutes)} ab. Geben Sie ihn an niemanden weiter.`,
        'Wenn Sie das nicht sind, benutzt jemand anderes Ihr Konto. Melden Sie sich an und ändern Sie Ihr Passwort unter:',
        { link: links.security },
      ],
    }),
    sign_in_link: (values) => ({
      subject: 'Ihr Anmeldelink',
      body: [
        'öffnen Sie diesen Link, um sich anzumelden. Er führt auf eine Seite mit einer Schaltfläche:',
        { link: values.link },
        `Er gilt einmal und ${minutes(values.minutes)} lang. Geben Sie ihn an niemanden weiter.`,
        origin(values),
        'Wenn Sie ihn nicht angefordert haben, tun Sie nichts: Ohne ihn kommt niemand hinein.',
      ],
    }),
    sign_in_link_refused: (values) => ({
      subject: 'Melden Sie sich mit Ihrem Passwort an',
      body: [
        'jemand hat einen Link zur Anmeldung an Ihrem Konto angefordert. Derzeit genügt ein Link allein dafür nicht: Benutzen Sie Ihr Passwort unter:',
        { link: values.link },
        'Wenn Sie das nicht waren, ist nichts zu tun.',
      ],
    }),
    invitation: (values) => ({
      subject: `Ihr Konto bei ${values.tenant}`,
      body: [
        `${values.by} lädt Sie zu ${values.tenant} ein. Öffnen Sie diesen Link, um Ihr Passwort zu wählen:`,
        { link: values.link },
        `Er gilt einmal und ${values.hours} Stunden lang. Danach bitten Sie um einen neuen.`,
        'Wenn Sie nicht wissen, worum es geht, tun Sie nichts.',
      ],
    }),
    password_reset: (values) => ({
      subject: 'Neues Passwort setzen',
      body: [
        'jemand möchte ein neues Passwort für Ihr Konto setzen. Wenn Sie das sind, öffnen Sie diesen Link:',
        { link: values.link },
        `Er gilt einmal und ${minutes(values.minutes)} lang. Ihr zweiter Faktor bleibt, wie er ist.`,
        origin(values),
        'Wenn Sie das nicht sind, tun Sie nichts: Ihr Passwort bleibt, wie es ist.',
      ],
    }),
    password_reset_refused: (values) => ({
      subject: 'Noch kein neues Passwort per E-Mail',
      body: [
        `jemand möchte ein neues Passwort für Ihr Konto setzen. Ein Administrator hat diese Adresse erst vor kurzem eingetragen: Bis ${formatTime('de', values.until)} kann mit ihr keines gesetzt werden.`,
        'Melden Sie sich mit Ihrem Passwort an, oder bitten Sie einen Administrator um Hilfe.',
        'Wenn Sie das nicht waren, ist nichts zu tun.',
      ],
    }),
    exempted: (values) => ({
      subject: 'Vorübergehend ohne zweiten Faktor',
      body: [
        `${values.by} hat Sie bis ${formatTime('de', values.until)} von der Zwei-Faktor-Authentifizierung befreit. Danach richten Sie sie bei der nächsten Anmeldung ein.`,
        'Wenn Sie das nicht erwartet haben, sagen Sie es einem anderen Administrator.',
      ],
    }),
    password_reset_done: () => ({
      subject: 'Ihr Passwort wurde neu gesetzt',
      body: [
        'das Passwort Ihres Kontos wurde über einen Link in einer E-Mail an diese Adresse neu gesetzt. Alle Sitzungen sind beendet.',
        'Bis Sie einen anderen Faktor oder einen Wiederherstellungscode benutzt haben, gilt ein Einmalcode per E-Mail nicht als zweiter Nachweis.',
        nothingToDo,
        'Wenn Sie das nicht waren, setzen Sie sofort ein neues Passwort („Passwort vergessen?“ auf der Anmeldeseite), und sagen Sie Ihrem Administrator, dass jemand Ihre E-Mails liest.',
      ],
    }),
    address_confirm: (values) => ({
      subject: 'Neue Adresse bestätigen',
      body: [
        'Sie möchten sich ab jetzt mit dieser Adresse anmelden. Öffnen Sie zur Bestätigung diesen Link:',
        { link: values.link },
        `Er gilt einmal und ${values.hours} Stunden lang. Bis dahin ändert sich nichts.`,
        'Wenn Sie nicht wissen, worum es geht, tun Sie nichts.',
      ],
    }),
    address_in_use: () => ({
      subject: 'Jemand wollte Ihre Adresse benutzen',
      body: [
        'jemand, der an einem anderen Konto angemeldet ist, wollte Ihre Adresse zu seiner machen. Sie bleibt Ihre, und nichts wurde geändert.',
        'Es ist nichts zu tun.',
      ],
    }),
    address_changed: (values) => ({
      subject: 'Die Adresse Ihres Kontos wurde geändert',
      body: [
        `die Adresse Ihres Kontos ist jetzt ${values.newAddress}. Mit dieser hier melden Sie sich nicht mehr an.`,
        nothingToDo,
        `Wenn Sie das nicht waren, stellen Sie die alte Adresse wieder her. Der Link gilt ${values.days} Tage und ohne Anmeldung; er beendet alle Sitzungen, und ein neues Passwort wird verlangt:`,
        { link: values.link },
      ],
    }),
    address_changed_here: (_, links) => ({
      subject: 'Dies ist jetzt die Adresse Ihres Kontos',
      body: [
        'ab jetzt melden Sie sich mit dieser Adresse an, und Nachrichten zu Ihrem Konto kommen hierher.',
        nothingToDo,
        changePassword,
        { link: links.security },
      ],
    }),
    address_given: (values) => ({
      subject: 'Ein Administrator hat die Adresse Ihres Kontos geändert',
      body: [
        `${values.by} hat die Adresse Ihres Kontos in ${values.newAddress} geändert. Mit dieser hier melden Sie sich nicht mehr an.`,
        'Wenn Sie darum gebeten haben, ist nichts zu tun.',
        `Wenn nicht, stellen Sie diese Adresse wieder her. Der Link gilt ${values.days} Tage und ohne Anmeldung; er beendet alle Sitzungen, und ein neues Passwort wird verlangt:`,
        { link: values.link },
      ],
    }),
    address_given_here: (values) => ({
      subject: 'Ein Administrator hat diese Adresse für Ihr Konto eingetragen',
      body: [
        `${values.by} hat diese Adresse für Ihr Konto eingetragen: Ab jetzt melden Sie sich mit ihr an, und Nachrichten zu Ihrem Konto kommen hierher.`,
        `Bis ${formatTime('de', values.until)} lässt sich über sie kein neues Passwort setzen und kein Anmeldelink senden, und ein hierher gesendeter Einmalcode gilt nicht als zweiter Faktor.`,
        'Wenn Sie das nicht erwartet haben, sagen Sie es einem anderen Administrator.',
      ],
    }),
    address_left: (values) => ({
      subject: 'Dies ist nicht mehr die Adresse Ihres Kontos',
      body: [
        `ein Administrator hatte diese Adresse erst vor kurzem für Ihr Konto eingetragen; jetzt ist es ${values.newAddress}. Mit dieser hier melden Sie sich nicht mehr an.`,
        'Wenn Sie das nicht erwartet haben, sagen Sie es einem Administrator Ihres Unternehmens.',
      ],
    }),
    address_restored: () => ({
      subject: 'Ihre alte Adresse gilt wieder',
      body: [
        'die Änderung der Adresse Ihres Kontos wurde rückgängig gemacht. Alle Sitzungen sind beendet.',
        'Bei der nächsten Anmeldung wird ein neues Passwort verlangt. Wenn Sie das jetzige nicht kennen, wählen Sie „Passwort vergessen?“ auf der Anmeldeseite.',
      ],
    }),
    not_me_reported: (values, links) => ({
      subject: 'Ein Gerät wurde von Ihrem Konto abgemeldet',
      body: [
        'Sie haben angegeben, dass Sie das nicht waren. Es wurde abgemeldet und vergessen:',
        origin(values),
        'Vielleicht kennt jemand anderes Ihr Passwort: Bis Sie ein neues gesetzt haben, ist in Ihrem Konto nichts möglich.',
        'Wenn Sie das nicht angegeben haben, melden Sie sich an und ändern Sie Ihr Passwort unter:',
        { link: links.security },
      ],
    }),
    test_message: () => ({
      subject: 'Testnachricht',
      body: ['dies ist ein Test. E-Mails des Anmeldedienstes erreichen Sie.'],
    }),
    new_device: (values, links) => ({
      subject: 'Neue Anmeldung an Ihrem Konto',
      body: [
        `jemand hat sich am ${formatTime('de', values.when)} von einem neuen Gerät an Ihrem Konto angemeldet.`,
        origin(values),
        nothingToDo,
        'Wenn Sie das nicht waren, geben Sie das dort an und ändern Sie Ihr Passwort:',
        { link: links.devices },
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
