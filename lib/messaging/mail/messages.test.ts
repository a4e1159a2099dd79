import { describe, expect, test } from 'vitest'
import { contrast } from '../../core/kernel/colors'
import { LOCALES, type Locale } from '../../i18n/locales'
import { logoIn, mailLocale, oneLine, openValues, renderMail, sealableValues } from './messages'
import { purposeOf } from './rules'
import { TEMPLATES } from './templates'
import type { MailContent } from './types'
import { describeUserAgent } from './user-agent'

const publicUrl = 'https://id.example.com'
const securityUrl = `${publicUrl}/account/security`
const LINK = 'https://id.example.com/link/reset?token=abc'
const when = new Date('2026-11-21T21:42:00.000Z')
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

const contents: readonly MailContent[] = [
  { template: 'device_passcode', values: { code: '081804', minutes: 5, address: '203.0.113.9', userAgent: agent } },
  { template: 'device_passcode', values: { code: '081804', minutes: 1, address: null, userAgent: null } },
  { template: 'owner_passcode', values: { code: '123456', minutes: 5 } },
  { template: 'resets_told', values: { tenant: 'Acme', count: 3, link: LINK } },
  { template: 'resets_told', values: { tenant: 'Acme', count: 1, link: LINK } },
  { template: 'step_up_passcode', values: { code: '123456', minutes: 5 } },
  { template: 'factor_added', values: { factor: 'totp', when } },
  { template: 'factor_added', values: { factor: 'email', when } },
  { template: 'factor_removed', values: { factor: 'sms' } },
  { template: 'factor_removed', values: { factor: 'passkey' } },
  { template: 'two_factor_on', values: {} },
  { template: 'two_factor_off', values: {} },
  { template: 'recovery_codes_made', values: {} },
  { template: 'recovery_code_used', values: { left: 7 } },
  { template: 'recovery_code_used', values: { left: 1 } },
  { template: 'recovery_code_used', values: { left: 0 } },
  { template: 'recovery_code_issued', values: { by: 'Olga Owner', minutes: 60, link: LINK } },
  { template: 'recovery_code_issued_other', values: { by: 'Olga Owner', person: 'Ann Lee', reason: 'new phone' } },
  { template: 'issued_code_used', values: {} },
  { template: 'factors_reset', values: { by: 'Olga Owner', link: LINK } },
  { template: 'factors_voided', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'two_factor_voided', values: { by: 'Olga Owner', tenant: 'Acme', count: 3, link: LINK } },
  { template: 'password_reset_refused', values: { until: new Date('2026-11-27T09:00:00Z') } },
  {
    template: 'service_account_made',
    values: { by: 'Olga Owner', tenant: 'Acme', reason: 'backup', until: new Date('2026-11-27T09:00:00Z') },
  },
  {
    template: 'service_account_made_other',
    values: { by: 'Olga Owner', person: 'Ann Lee', reason: 'backup', until: new Date('2026-11-27T09:00:00Z') },
  },
  { template: 'service_account_ended', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'exempted', values: { by: 'Olga Owner', until: new Date('2026-11-27T09:00:00Z') } },
  { template: 'more_time', values: { by: 'Olga Owner', until: new Date('2026-11-27T23:59:00Z') } },
  { template: 'invitation', values: { by: 'Olga Owner', tenant: 'Acme', link: LINK, until: when } },
  {
    template: 'invitation_setup',
    values: { by: 'Olga Owner', tenant: 'Acme', link: LINK, until: when, due: null, app: 1 },
  },
  {
    template: 'invitation_setup',
    values: { by: 'Olga Owner', tenant: 'Acme', link: LINK, until: when, due: when, app: 0 },
  },
  { template: 'account_brought', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'account_brought_app', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'reset_asked', values: { link: LINK, address: '192.0.2.7', userAgent: agent } },
  { template: 'report_ready', values: { tenant: 'Acme', rows: 12, hours: 24, link: LINK } },
  { template: 'log_retention', values: { tenant: 'Acme', when, days: 90, link: LINK } },
  { template: 'setup_reminder', values: { tenant: 'Acme', until: when, link: LINK } },
  { template: 'setup_reminder', values: { tenant: 'Acme', until: null, link: LINK } },
  { template: 'invitation_reminder', values: { tenant: 'Acme', link: LINK, until: when, setUp: 0, due: null } },
  { template: 'invitation_reminder', values: { tenant: 'Acme', link: LINK, until: when, setUp: 1, due: null } },
  { template: 'invitation_reminder', values: { tenant: 'Acme', link: LINK, until: when, setUp: 1, due: when } },
  { template: 'setup_reminder_invited', values: { tenant: 'Acme', until: when } },
  { template: 'setup_reminder_invited', values: { tenant: 'Acme', until: null } },
  { template: 'reset_waiting', values: { person: 'Ann Lee', link: LINK } },
  { template: 'reset_denied', values: { reason: 'could not reach you' } },
  { template: 'reset_decided', values: { by: 'Olga Owner', person: 'Ann Lee', reason: 'called back' } },
  { template: 'suspended', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'reactivated', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'role_changed', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'profile_changed', values: { by: 'Olga Owner', tenant: 'Acme', name: 'Ann Agent' } },
  { template: 'membership_ended', values: { by: 'Olga Owner', tenant: 'Acme' } },
  { template: 'reset_cancelled', values: { person: 'Ann Lee' } },
  { template: 'break_glass', values: { person: 'Ann Lee', reason: 'all phones lost' } },
  { template: 'stopped', values: { person: 'Ann Lee' } },
  { template: 'stopped_here', values: {} },
  { template: 'password_changed', values: {} },
  { template: 'new_device', values: { address: '2001:db8::1', userAgent: agent, when } },
  { template: 'signed_in_after_failures', values: { address: '192.0.2.7', userAgent: null, when } },
  { template: 'too_many_attempts', values: { until: when } },
  { template: 'too_many_attempts', values: { until: null } },
  { template: 'code_wrong_after_password', values: {} },
  { template: 'factor_passcode', values: { code: '042042', minutes: 5, address: '192.0.2.7', userAgent: agent } },
  { template: 'enrol_passcode', values: { code: '042042', minutes: 5 } },
  { template: 'sign_in_link', values: { link: LINK, minutes: 10, address: '192.0.2.7', userAgent: null } },
  { template: 'sign_in_link_refused', values: { link: LINK } },
  { template: 'password_reset', values: { link: LINK, minutes: 30, address: null, userAgent: agent } },
  { template: 'password_reset_done', values: {} },
  { template: 'address_confirm', values: { link: LINK, hours: 24 } },
  { template: 'address_in_use', values: {} },
  { template: 'address_changed', values: { link: LINK, days: 7, newAddress: 'n•••@e•••.com' } },
  { template: 'address_changed_here', values: {} },
  { template: 'address_given', values: { by: 'Olga Owner', link: LINK, days: 7, newAddress: 'n•••@e•••.com' } },
  { template: 'address_given_here', values: { by: 'Olga Owner', until: new Date('2026-11-27T09:00:00Z') } },
  { template: 'address_left', values: { newAddress: 'n•••@e•••.com' } },
  { template: 'address_restored', values: {} },
  { template: 'address_undone', values: {} },
  {
    template: 'device_copied',
    values: { address: '192.0.2.7', userAgent: agent, when: new Date('2026-11-27T09:00:00Z') },
  },
  { template: 'not_me_reported', values: { address: '192.0.2.7', userAgent: agent } },
  { template: 'test_message', values: {} },
]
const cases = LOCALES.flatMap((locale) => contents.map((content) => [locale, content.template, content] as const))

function render(content: MailContent, locale: Locale = 'en', name: string | null = 'Ann Lee') {
  return renderMail(content, { name, tenant: null, locale, publicUrl })
}

const WITHOUT_LINK = [
  'password_reset_done',
  'password_reset_refused',
  'exempted',
  'service_account_made',
  'more_time',
  'address_in_use',
  'address_given_here',
  'address_left',
  'address_restored',
  'address_undone',
  'reset_decided',
  'suspended',
  'membership_ended',
  'setup_reminder_invited',
  'test_message',
]

const HOME = [
  'account_brought',
  'account_brought_app',
  'reactivated',
  'service_account_made_other',
  'service_account_ended',
  'role_changed',
  'profile_changed',
  'recovery_code_issued_other',
  'reset_cancelled',
  'break_glass',
  'owner_passcode',
  'stopped',
  'stopped_here',
]

/** The one page that a mail leads to. */
function linkOf({ template, values }: MailContent): string | null {
  if (WITHOUT_LINK.includes(template)) return null
  if ('link' in values) return String(values.link)
  if (HOME.includes(template)) return `${publicUrl}/`
  return ['new_device', 'signed_in_after_failures'].includes(template) ? `${publicUrl}/account/devices` : securityUrl
}

const BUTTON = /<a class="button"[^>]*>[^<]+<\/a>/g

/** The words a reader of the HTML sees, but for those of the button, which say what the sentence before it says. */
function wordsOf(html: string): string {
  const body = html.slice(html.indexOf('<main>'), html.indexOf('</main>'))
  return plain(
    body
      .replace(BUTTON, ' ')
      .replace(/<[^>]+>/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&'),
  )
}

const plain = (text: string) => text.replace(/\s+/g, ' ').trim()

describe('mails', () => {
  test.each(cases)(
    'E8, X1: %s %s greets by name, says what happened and what to do, and names the address',
    (locale, _, content) => {
      const mail = render(content, locale)
      expect(mail.subject.length).toBeGreaterThan(5)
      expect(mail.text).toContain('Ann Lee')
      const link = linkOf(content)
      if (link !== null) {
        expect(mail.text).toContain(`\n${link}\n`)
        expect(mail.html).toContain(`<a href="${link}">${link}</a>`)
        expect(mail.html.match(BUTTON)).toHaveLength(1)
        expect(mail.html).toContain(`<a class="button" href="${link}">`)
      }
      expect(mail.text).toContain('id.example.com')
      expect(mail.text + mail.subject).not.toMatch(/undefined|null|NaN|\[object|Invalid|[!！]/)
      expect(plain(mail.text.replace('\n--\n', '\n'))).toBe(wordsOf(mail.html))
      expect(mail.html).toContain(`<html lang="${locale}">`)
      expect(mail.html).toContain('<meta name="color-scheme" content="light dark">')
      expect(mail.html).not.toMatch(/<table|<img|<script|<link|https?:(?!\/\/id\.example\.com)/)
    },
  )

  test.each(LOCALES)('each template has a subject of its own, but for passcodes and invitations: %s', (locale) => {
    const alike = ['factor_passcode', 'enrol_passcode', 'invitation_setup']
    const others = contents.filter(({ template }) => !alike.includes(template))
    const subjects = new Map(others.map((content) => [content.template, render(content, locale).subject]))
    expect(new Set(subjects.values()).size).toBe(subjects.size)
  })

  test('X1: no two languages share a sentence', () => {
    for (const content of contents) {
      const sentences = LOCALES.flatMap((locale) => {
        const lines = render(content, locale, null).text.split('\n')
        return [...new Set(lines.filter((line) => /\p{L} ?\p{L}/u.test(line) && !line.startsWith('http')))]
      }).filter((line) => !line.includes('Chrome, Linux') && !line.startsWith('Browser: '))
      expect(new Set(sentences).size).toBe(sentences.length)
    }
  })

  test('no mail in English begs', () => {
    for (const content of contents) expect(render(content).text).not.toMatch(/\bplease\b/i)
  })

  test('D6: the subject of device verification, and its passcode on a line of its own', () => {
    const mail = render({
      template: 'device_passcode',
      values: { code: '081804', minutes: 5, address: '203.0.113.9', userAgent: agent },
    })
    expect(mail.subject).toBe('Your verification passcode')
    expect(mail.text).toContain('\n\n081804\n\n')
    expect(mail.html).toContain('<p class="code">081804</p>')
    expect(mail.text).toContain('expires after 5 minutes')
    expect(mail.text).toContain('Browser: Chrome, Linux\nIP address: 203.0.113.9')
  })

  test('S10: a passcode is nowhere but in the body of the mail meant to carry it', () => {
    for (const locale of LOCALES) {
      for (const content of contents) {
        const mail = render(content, locale)
        if (!('code' in content.values)) expect(mail.text).not.toMatch(/\d{6}/)
        expect(mail.subject).not.toMatch(/\d{6}/)
        expect(mail.html.match(/<title>.*<\/title>/)?.[0]).not.toMatch(/\d{6}/)
      }
    }
  })

  test.each([
    ['en', 'November 21, 2026 at 21:42 UTC'],
    ['de', '21. November 2026 um 21:42 UTC'],
    ['ja', '2026年11月21日 21:42 UTC'],
    ['ko', '2026년 11월 21일'],
  ] as const)('times are in the language of the reader, with the zone: %s', (locale, text) => {
    const mail = render({ template: 'factor_added', values: { factor: 'totp', when } }, locale)
    expect(mail.text).toContain(text)
    expect(mail.text).toContain('UTC')
    expect(mail.text).toMatch(/21:42|21시 42분/)
  })

  test.each([
    ['en', 'Europe/Berlin', 'November 21, 2026 at 22:42 GMT+1'],
    ['de', 'Europe/Berlin', '21. November 2026 um 22:42 MEZ'],
    ['ja', 'Asia/Tokyo', '2026年11月22日 06:42 JST'],
    ['ko', 'Asia/Seoul', '2026년 11월 22일'],
    ['en', 'Mars/Olympus', 'November 21, 2026 at 21:42 UTC'],
  ] as const)('X10: and in the zone of the company: %s, %s', (locale, timeZone, text) => {
    const reader = { name: 'Ann', tenant: { name: 'Acme', timeZone }, locale, publicUrl }
    expect(renderMail({ template: 'factor_added', values: { factor: 'totp', when } }, reader).text).toContain(text)
  })

  test('numbers agree with their nouns', () => {
    const one = render({ template: 'step_up_passcode', values: { code: '1', minutes: 1 } })
    expect(one.text).toContain('after 1 minute.')
    expect(render({ template: 'recovery_code_used', values: { left: 1 } }).text).toContain(
      'You have 1 unused code left.',
    )
    expect(render({ template: 'recovery_code_used', values: { left: 0 } }).text).toContain(
      'You have no unused codes left.',
    )
  })

  test('X6: the company that a mail is of stands above it, as one line of plain text', () => {
    const of = (name: string | null) => {
      const tenant = name === null ? null : { name, timeZone: null }
      return renderMail({ template: 'two_factor_on', values: {} }, { name: 'Ann', tenant, locale: 'en', publicUrl })
    }
    expect(of('Acme').text).toMatch(/^Acme\n\nHello Ann,\n/)
    expect(of('Acme').html).toContain('<main>\n<p class="brand">Acme</p>')
    expect(of('<b>\r\nA & B').html).toContain('<p class="brand">&lt;b&gt; A &amp; B</p>')
    for (const none of [null, '', ' \u202e ']) expect(of(none).text.startsWith('Hello Ann,\n')).toBe(true)
  })

  test('X9: mails that ask for something say where to get help, in its words, and others do not', () => {
    const help = { helpText: '<b>IT</b> desk, room 12', helpUrl: 'https://help.example.com/it?a=1&b=2' }
    const reader = { name: 'Ann', tenant: { name: 'Acme', timeZone: null, ...help }, locale: 'en', publicUrl } as const
    const asking = { template: 'setup_reminder_invited', values: { tenant: 'Acme', until: when } } as const
    const { text, html } = renderMail(asking, reader)
    expect(text).toContain('\n\nWhere to get help:\n<b>IT</b> desk, room 12\nhttps://help.example.com/it?a=1&b=2\n\n--')
    expect(html).toContain('<bdi>&lt;b&gt;IT&lt;/b&gt; desk, room 12</bdi>')
    expect(html).toContain('<a href="https://help.example.com/it?a=1&amp;b=2"><bdi>help.example.com</bdi></a>')
    const said = (tenant: typeof reader.tenant | null) => renderMail(asking, { ...reader, tenant }).text
    expect(said({ ...reader.tenant, helpUrl: 'mailto:it@example.com' })).toContain('room 12\nit@example.com\n')
    expect(said({ ...reader.tenant, helpUrl: 'javascript:alert(1)' })).toContain('room 12\n\n--')
    expect(said(null)).not.toContain('help')
    expect(renderMail({ template: 'two_factor_on', values: {} }, reader).text).not.toContain('room 12')
  })

  test('X9: a logo is shown no larger than it is, with the company as its text, and the text part is the same', () => {
    const reader = { name: null, tenant: { name: 'A & "B"', timeZone: null }, locale: 'en', publicUrl } as const
    const content = { template: 'two_factor_on', values: {} } as const
    const bare = renderMail(content, reader)
    const shown = renderMail(content, { ...reader, logo: { width: 100, height: 40 } })
    expect(shown.text).toBe(bare.text)
    expect(bare.html).not.toContain('<img')
    expect(shown.html).toContain('width="100" height="40" alt="A &amp; &quot;B&quot;">')
    expect(shown.html).toContain('<p class="brand">A &amp; &quot;B&quot;</p>')
    const sized = (logoWidth: number | null, logoHeight: number | null) => logoIn({ logoWidth, logoHeight })
    expect(sized(100, 40)).toEqual({ width: 100, height: 40 })
    expect(sized(1024, 64)).toEqual({ width: 240, height: 15 })
    expect(sized(1, 1024)).toEqual({ width: 1, height: 64 })
    expect(sized(null, 40)).toBeNull()
  })

  test('X6: buttons and links are in the accent of the company, lighter in the dark, and can be read in both', () => {
    const content = { template: 'two_factor_on', values: {} } as const
    const of = (accent: string | null) => {
      const tenant = { name: 'Acme', timeZone: null, accent }
      return renderMail(content, { name: null, tenant, locale: 'en', publicUrl })
    }
    const [own, red] = [of(null), of('#aa2211')]
    expect(red.text).toBe(own.text)
    const [light = '', dark = ''] = red.html.split('@media (prefers-color-scheme: dark)')
    expect(light).toContain('a { color: #aa2211; }')
    expect(light).toMatch(/\.button \{[^}]*background: #aa2211; color: #ffffff;/)
    const [, color = ''] = /a \{ color: (#[0-9a-f]{6}); \}/.exec(dark) ?? []
    const [, ground = ''] = /body \{ background: (#[0-9a-f]{6});/.exec(dark) ?? []
    expect(contrast(color, ground)).toBeGreaterThanOrEqual(4.5)
    expect(dark).toContain(`.button { border-color: ${color}; background: ${color}; color: ${ground}; }`)
    expect(red.html.replaceAll('#aa2211', '#0b5e6b').replaceAll(color, '#6fc7d6')).toBe(own.html)
  })

  test('X6: a link to the front door names the company, so that its sign-in is the next page', () => {
    const values = { by: 'Olga', tenant: 'Acme' }
    const of = (tenant: { name: string; timeZone: null; slug?: string } | null) =>
      renderMail({ template: 'reactivated', values }, { name: 'Ann', tenant, locale: 'en', publicUrl }).text
    expect(of({ name: 'Acme', timeZone: null, slug: 'acme' })).toContain(`\n${publicUrl}/?tenant=acme\n`)
    expect(of(null)).toContain(`\n${publicUrl}/\n`)
  })

  test('the button says what the link does', () => {
    const buttons = (template: MailContent['template']) =>
      contents
        .filter((content) => content.template === template)
        .map((content) => render(content, 'de').html.match(/class="button"[^>]*>([^<]+)</)?.[1])
    expect(buttons('password_reset')).toEqual(['Neues Passwort festlegen'])
    expect(buttons('factors_reset')).toEqual(['Stoppen'])
    expect(buttons('invitation')).toEqual(['Einladung annehmen'])
    expect(buttons('two_factor_on')).toEqual(['Anmeldesicherheit öffnen'])
    expect(buttons('test_message')).toEqual([undefined])
  })

  test('without a name the greeting is neutral', () => {
    expect(render({ template: 'two_factor_on', values: {} }, 'en', null).text.startsWith('Hello,\n')).toBe(true)
    expect(render({ template: 'two_factor_on', values: {} }, 'de', ' \r\n ').text.startsWith('Guten Tag,\n')).toBe(true)
  })

  test('every value is escaped in HTML and stays what it is in text', () => {
    const name = `<img src=x onerror="alert(1)"> & 'Ann'`
    const mail = render(
      { template: 'device_passcode', values: { code: '<b>1</b>', minutes: 5, address: '<i>', userAgent: null } },
      'en',
      name,
    )
    expect(mail.html).not.toMatch(/<img|<b>|<i>/)
    expect(mail.html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; &#39;Ann&#39;')
    expect(mail.html).toContain('<p class="code">&lt;b&gt;1&lt;/b&gt;</p>')
    expect(mail.text).toContain(name)
  })

  test('ASVS 1.3.11: a name cannot start a line, a header or a turn of the reading direction', () => {
    const name = 'Ann\r\nBcc: all@example.com\u2028x\u0000\u202etxt\u2066\u0085'
    const mail = render({ template: 'two_factor_on', values: {} }, 'en', name)
    expect(mail.text.split('\n')[0]).toBe('Hello Ann Bcc: all@example.com x txt,')
    expect(oneLine('a\r\nb\u2029\ud800 ')).toBe('a b \ufffd')
    expect(mail.subject).toBe(oneLine(mail.subject))
  })

  test('what the browser says of itself never gets into a mail but as one of our words', () => {
    const forged = 'Visit https://evil.example now <b> Firefox/1'
    const mail = render({ template: 'new_device', values: { address: null, userAgent: forged, when } })
    expect(mail.text).not.toContain('evil')
    expect(mail.text).toContain('Browser: Firefox\nIP address: unknown')
  })

  test('values survive sealing with their types, and a template that is gone is told by null', () => {
    for (const content of contents) {
      expect(openValues(content.template, sealableValues(content))).toEqual(content)
    }
    expect(openValues('no_such_template', '{}')).toBeNull()
    expect(openValues('toString', '{}')).toBeNull()
  })

  test('what the version before sealed, its values as JSON, is read with its types', () => {
    for (const content of contents) {
      expect(openValues(content.template, JSON.stringify(content.values))).toEqual(content)
    }
    const time = '2026-11-27T09:00:00.000Z'
    const opened = openValues('exempted', JSON.stringify({ by: time, until: time }))
    expect(opened?.values).toEqual({ by: time, until: new Date(time) })
  })

  test.each([
    ['exempted', '{"by":"Olga Owner"}'],
    ['exempted', '{"by":"Olga Owner","until":null}'],
    ['exempted', '{"by":"Olga Owner","until":"soon"}'],
    ['factor_removed', '{"factor":"toString"}'],
    ['recovery_code_used', '{"left":"3"}'],
    ['reset_denied', 'null'],
  ])('values that are not those of their template say nothing: %s %s', (template, text) => {
    expect(openValues(template, text)).toBeNull()
  })

  test('every template is tried here', () => {
    expect([...new Set(contents.map(({ template }) => template))].sort()).toEqual(Object.keys(TEMPLATES).sort())
  })

  test.each([
    ['step_up_passcode', 'passcode'],
    ['sms_passcode', 'passcode'],
    ['invitation', 'link'],
    ['invitation_setup', 'link'],
    ['invitation_reminder', 'link'],
    ['factors_reset', 'notice'],
    ['sms_reset_asked', 'notice'],
    ['no_such_passcode', 'notice'],
  ])('%s is told of as a %s', (template, purpose) => {
    expect(purposeOf(template)).toBe(purpose)
  })

  test.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['KO_kr', 'ko'],
    ['ja', 'ja'],
    ['fr', 'en'],
    ['', 'en'],
    [null, 'en'],
    ['den', 'en'],
  ])('the language of %s is %s', (tag, locale) => {
    expect(mailLocale(tag)).toBe(locale)
  })
})

describe('browser and system', () => {
  test.each([
    [agent, 'Chrome, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Edg/140',
      'Microsoft Edge, Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'Safari, macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140 Mobile/15E148 Safari/604.1',
      'Chrome, iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136 Mobile Safari/537.36',
      'Samsung Internet for Android, Android',
    ],
    ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox, Linux'],
    ['curl/8.5.0', null],
    ['', null],
    [null, null],
  ])('%s', (userAgent, name) => {
    expect(describeUserAgent(userAgent)).toBe(name)
  })
})
