import { lightenedFor } from '../../core/kernel/colors'
import { shownLink } from '../../core/kernel/links'
import { zoneOf } from '../../core/kernel/zones'
import { DEFAULT_LOCALE, type Locale, localeOf } from '../../i18n/locales'
import { type MessageKey, translator } from '../../i18n/translate'
import type { SmsContent } from '../sms/types'
import { asksForSomething, isMailTemplate, isSmsTemplate, LOGO_ID } from './rules'
import { type MailButton, type Paragraph, SMS_TEMPLATES, TEMPLATES } from './templates'
import type { MailContent } from './types'
import { readValues, showValues, writeValues } from './values'

/** The language of a tag such as `de-AT`, else English. */
export function mailLocale(tag: string | null): Locale {
  return localeOf(tag) ?? DEFAULT_LOCALE
}

/** The text of the values, to be sealed. */
export function sealableValues(content: MailContent): string {
  return writeValues(TEMPLATES[content.template].values, content.values)
}

/** What `sealableValues` wrote; null for a template that no longer exists, and for values that are not its own. */
export function openValues(template: string, text: string): MailContent | null {
  if (!isMailTemplate(template)) return null
  const values = readValues(TEMPLATES[template].values, text)
  return values === null ? null : ({ template, values } as MailContent)
}

/** The same of a text message; its number is sealed with its values. */
export function sealableSms(content: SmsContent & { to: string }): string {
  return writeValues(smsKinds(content.template), { ...content.values, to: content.to })
}

export function openSms(template: string, text: string): { to: string; content: SmsContent } | null {
  if (!isSmsTemplate(template)) return null
  const opened = readValues(smsKinds(template), text)
  if (opened === null) return null
  const { to, ...values } = opened
  return { to, content: { template, values } as SmsContent }
}

function smsKinds(template: SmsContent['template']) {
  return { ...SMS_TEMPLATES[template].values, to: 'text' } as const
}

/** A text message. The end of one with a passcode binds it to this origin, for browsers that fill it in. */
export function renderSms(content: SmsContent, reader: { locale: Locale; publicUrl: string }): string {
  const { host } = new URL(reader.publicUrl)
  const shown = showValues(SMS_TEMPLATES[content.template].values, content.values, { ...reader, zone: 'UTC' })
  const said = translator(reader.locale)(`sms.${content.template}`, { ...shown, host })
  return content.template === 'sms_passcode' ? `${said}\n\n@${host} #${content.values.code}` : said
}

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

const PATHS = { security: '/account/security', devices: '/account/devices', home: '/' } as const

/** One paragraph in the reader's words. */
type Shown =
  | string
  | { code: string }
  | { link: string; button: string }
  | { brand: string; logo: ShownLogo | null }
  | { facts: readonly (readonly [label: string, value: string])[] }
  | { note: string }
  | { help: string; lines: readonly string[]; leads: { href: string; shown: string } | null }

export interface MailSender {
  name: string
  /** By which a link to the front door names it (X6). */
  slug?: string
  timeZone: string | null
  /** Where its people get help: in mails that ask them for something (X9). */
  helpText?: string | null
  helpUrl?: string | null
  /** Of its buttons and links; one that can be read on white (X6). */
  accent?: string | null
}

/** A logo that goes along, as large as it is shown. */
interface ShownLogo {
  width: number
  height: number
}

export interface MailReader {
  name: string | null
  /** The company whose mail it is, and its zone (X10); null where it is nobody's. */
  tenant: MailSender | null
  /** Shown above what it says, where the mail brings it along. */
  logo?: ShownLogo | null
  locale: Locale
  publicUrl: string
}

/**
 * The mail in the reader's language; text and HTML say the same words, but for those of buttons. `publicUrl` is the
 * origin of all links (S23).
 */
export function renderMail(content: MailContent, reader: MailReader): RenderedMail {
  const t = translator(reader.locale)
  const { values, body } = TEMPLATES[content.template]
  const zone = zoneOf(reader.tenant?.timeZone)
  const shown = showValues(values, content.values, { locale: reader.locale, zone })
  const shownAs = (name: string) => {
    const value = shown[name]
    if (value === undefined) throw new Error(`${content.template} has no value ${name}`)
    return value
  }
  const linkTo = (link: string, button: MailButton) => ({ link, button: t(`mail.common.button.${button}`) })
  const show = (paragraph: Paragraph): Shown => {
    // That a template has its sentences is checked where the templates are typed.
    if (typeof paragraph === 'string') return t(`mail.${content.template}.${paragraph}` as MessageKey, shown)
    if ('common' in paragraph) return t(`mail.common.${paragraph.common}`)
    if ('count' in paragraph) {
      return show(Number(shownAs(paragraph.count)) > paragraph.upTo ? paragraph.above : paragraph.say)
    }
    if ('code' in paragraph) return { code: String(shownAs(paragraph.code)) }
    if ('link' in paragraph) return linkTo(String(shownAs(paragraph.link)), paragraph.button)
    if ('page' in paragraph) return linkTo(`${reader.publicUrl}${pathOf(paragraph.page, reader)}`, paragraph.page)
    return {
      facts: [
        [t('mail.common.browser'), String(shownAs(paragraph.browser))],
        [t('mail.common.ipAddress'), String(shownAs(paragraph.ipAddress))],
      ],
    }
  }
  const name = oneLine(reader.name ?? '').slice(0, 100)
  const tenant = oneLine(reader.tenant?.name ?? '').slice(0, 100)
  const paragraphs: Shown[] = [
    ...(tenant === '' ? [] : [{ brand: tenant, logo: reader.logo ?? null }]),
    name === '' ? t('mail.common.greetingNoName') : t('mail.common.greeting', { name }),
    ...body.map(show),
    ...(asksForSomething(content.template) ? getHelp(reader.tenant, t('mail.common.help')) : []),
    { note: t('mail.common.footer', { host: new URL(reader.publicUrl).host }) },
  ]
  const subject = oneLine(t(`mail.${content.template}.subject`, shown))
  return {
    subject,
    text: `${paragraphs.map(plainParagraph).join('\n\n')}\n`,
    html: page(subject, reader, paragraphs.map(htmlParagraph)),
  }
}

function pathOf(page: keyof typeof PATHS, { tenant }: MailReader): string {
  return page === 'home' && tenant?.slug !== undefined ? `${PATHS.home}?tenant=${tenant.slug}` : PATHS[page]
}

const LOGO_WIDTH = 240
const LOGO_HEIGHT = 64

/** As large as a logo is shown above a mail, no larger than it is; null where there is none. */
export function logoIn({ logoWidth, logoHeight }: { logoWidth: number | null; logoHeight: number | null }) {
  if (logoWidth === null || logoHeight === null) return null
  const scale = Math.min(1, LOGO_WIDTH / logoWidth, LOGO_HEIGHT / logoHeight)
  const scaled = (side: number) => Math.max(1, Math.round(side * scale))
  return { width: scaled(logoWidth), height: scaled(logoHeight) }
}

function getHelp(sender: MailSender | null, title: string): Shown[] {
  const text = oneLine(sender?.helpText ?? '')
  const href = sender?.helpUrl ?? ''
  const shown = shownLink(href)
  if (text === '' && shown === null) return []
  return [{ help: title, lines: text === '' ? [] : [text], leads: shown === null ? null : { href, shown } }]
}

/**
 * Without line breaks, control characters and marks that turn the reading direction: fit for a header (ASVS 1.3.11).
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim()
}

function plainParagraph(paragraph: Shown): string {
  if (typeof paragraph === 'string') return paragraph
  if ('code' in paragraph) return paragraph.code
  if ('link' in paragraph) return paragraph.link
  if ('brand' in paragraph) return paragraph.brand
  if ('note' in paragraph) return `--\n${paragraph.note}`
  if ('help' in paragraph) return [paragraph.help, ...paragraph.lines, ...linkInWords(paragraph.leads)].join('\n')
  return paragraph.facts.map(([label, value]) => `${label}: ${value}`).join('\n')
}

function htmlParagraph(paragraph: Shown): string {
  if (typeof paragraph === 'string') return `<p>${escapeHtml(paragraph)}</p>`
  if ('code' in paragraph) return `<p class="code">${escapeHtml(paragraph.code)}</p>`
  if ('link' in paragraph) {
    const url = escapeHtml(paragraph.link)
    const button = `<p><a class="button" href="${url}">${escapeHtml(paragraph.button)}</a></p>`
    return `${button}\n<p class="address"><a href="${url}">${url}</a></p>`
  }
  if ('brand' in paragraph) {
    const { brand, logo } = paragraph
    const name = `<p class="brand">${escapeHtml(brand)}</p>`
    if (logo === null) return name
    const size = `width="${logo.width}" height="${logo.height}"`
    return `<p><img class="logo" src="cid:${LOGO_ID}" ${size} alt="${escapeHtml(brand)}"></p>\n${name}`
  }
  if ('note' in paragraph) return `<p class="note">${escapeHtml(paragraph.note)}</p>`
  if ('help' in paragraph) {
    const text = paragraph.lines.map((line) => `<bdi>${escapeHtml(line)}</bdi>`)
    const { leads } = paragraph
    const anchor =
      leads === null ? [] : [`<a href="${escapeHtml(leads.href)}"><bdi>${escapeHtml(leads.shown)}</bdi></a>`]
    return `<p>${[escapeHtml(paragraph.help), ...text, ...anchor].join('<br>\n')}</p>`
  }
  const lines = paragraph.facts.map(([label, value]) => `${escapeHtml(label)}: ${escapeHtml(value)}`)
  return `<p>${lines.join('<br>\n')}</p>`
}

/** A page whole, since a text has no links; of the others what is typed or dialed. */
function linkInWords(link: { href: string; shown: string } | null): string[] {
  return link === null ? [] : [link.href.startsWith('https:') ? link.href : link.shown]
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** Of a mail in the dark: what an accent stands on, and what stands on it. */
const DARK = '#12161d'
const RATIO = 4.5
const OWN = { light: '#0b5e6b', dark: '#6fc7d6' }

function accentIn(sender: MailSender | null): typeof OWN {
  const accent = sender?.accent ?? null
  return accent === null ? OWN : { light: accent, dark: lightenedFor(accent, RATIO, DARK) }
}

const styleWith = (accent: typeof OWN) => `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 24px 16px; background: #ffffff; color: #1b2330;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", "Noto Sans KR", sans-serif; }
main { display: block; max-width: 34rem; margin: 0 auto; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
a { color: ${accent.light}; }
/* On white in both schemes: most logos are made for paper. */
.logo { padding: 8px; border-radius: 6px; background: #ffffff; }
.brand { font-size: 18px; font-weight: 600; }
.button { display: inline-block; padding: 10px 20px; border: 1px solid ${accent.light}; border-radius: 6px;
  background: ${accent.light}; color: #ffffff; font-weight: 600; text-decoration: none; }
.address { font-size: 14px; }
.code { font: 600 28px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; letter-spacing: 0.15em; }
.note { margin-top: 32px; padding-top: 16px; border-top: 1px solid #d6dbe3; color: #566072; font-size: 14px; }
@media (prefers-color-scheme: dark) {
  body { background: ${DARK}; color: #e7eaf0; }
  a { color: ${accent.dark}; }
  .button { border-color: ${accent.dark}; background: ${accent.dark}; color: ${DARK}; }
  .note { border-color: #333b48; color: #a3adbd; }
}`

function page(title: string, { locale, tenant }: MailReader, paragraphs: readonly string[]): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${styleWith(accentIn(tenant))}
</style>
</head>
<body>
<main>
${paragraphs.join('\n')}
</main>
</body>
</html>
`
}
