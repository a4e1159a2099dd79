import { MAIL_TEXTS, type MailBody, type MailLinks, type MailText, type MailTexts } from './texts'
import { MAIL_LOCALES, type MailContent, type MailLocale, type MailTemplate } from './types'

/** The language of a tag such as `de-AT`, else English. */
export function mailLocale(tag: string | null): MailLocale {
  const language = tag?.toLowerCase().split(/[-_]/)[0]
  return MAIL_LOCALES.find((locale) => locale === language) ?? 'en'
}

// In both directions by name: no other value is a date.
const DATES: ReadonlySet<string> = new Set(['when', 'until'])

/** The text of the values, to be sealed. */
export function sealableValues(content: MailContent): string {
  return JSON.stringify(content.values)
}

/** What `sealableValues` wrote; null for a template that no longer exists. */
export function openValues(template: string, text: string): MailContent | null {
  if (!Object.hasOwn(MAIL_TEXTS.en.mails, template)) return null
  const values = JSON.parse(text, (key, value) =>
    DATES.has(key) && typeof value === 'string' ? new Date(value) : value,
  )
  return { template, values } as MailContent
}

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

/** The mail in the reader's language; text and HTML say the same words. `publicUrl` is the origin of all links (S23). */
export function renderMail(
  content: MailContent,
  reader: { name: string | null; locale: MailLocale; publicUrl: string },
): RenderedMail {
  const texts = MAIL_TEXTS[reader.locale]
  const { subject, body } = bodyOf(texts, content, {
    security: `${reader.publicUrl}/account/security`,
    devices: `${reader.publicUrl}/account/devices`,
    home: `${reader.publicUrl}/`,
  })
  const name = oneLine(reader.name ?? '').slice(0, 100)
  const paragraphs: MailText[] = [
    texts.greeting(name === '' ? null : name),
    ...body,
    { note: texts.footer(new URL(reader.publicUrl).host) },
  ]
  const title = oneLine(subject)
  return {
    subject: title,
    text: `${paragraphs.map(plainParagraph).join('\n\n')}\n`,
    html: page(title, reader.locale, paragraphs.map(htmlParagraph)),
  }
}

function bodyOf<T extends MailTemplate>(texts: MailTexts, content: MailContent<T>, links: MailLinks): MailBody {
  return texts.mails[content.template](content.values, links)
}

/** Without line breaks, control characters and marks that turn the reading direction: fit for a header (ASVS 1.3.11). */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim()
}

function plainParagraph(paragraph: MailText): string {
  if (typeof paragraph === 'string') return paragraph
  if ('code' in paragraph) return paragraph.code
  if ('link' in paragraph) return paragraph.link
  if ('note' in paragraph) return `--\n${paragraph.note}`
  return paragraph.facts.map(([label, value]) => `${label}: ${value}`).join('\n')
}

function htmlParagraph(paragraph: MailText): string {
  if (typeof paragraph === 'string') return `<p>${escapeHtml(paragraph)}</p>`
  if ('code' in paragraph) return `<p class="code">${escapeHtml(paragraph.code)}</p>`
  if ('link' in paragraph) {
    const url = escapeHtml(paragraph.link)
    return `<p><a href="${url}">${url}</a></p>`
  }
  if ('note' in paragraph) return `<p class="note">${escapeHtml(paragraph.note)}</p>`
  const lines = paragraph.facts.map(([label, value]) => `${escapeHtml(label)}: ${escapeHtml(value)}`)
  return `<p>${lines.join('<br>\n')}</p>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 24px 16px; background: #ffffff; color: #1b2330;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", "Noto Sans KR", sans-serif; }
main { display: block; max-width: 34rem; margin: 0 auto; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
a { color: #0b5e6b; }
.code { font: 600 28px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; letter-spacing: 0.15em; }
.note { margin-top: 32px; padding-top: 16px; border-top: 1px solid #d6dbe3; color: #566072; font-size: 14px; }
@media (prefers-color-scheme: dark) {
  body { background: #12161d; color: #e7eaf0; }
  a { color: #6fc7d6; }
  .note { border-color: #333b48; color: #a3adbd; }
}`

function page(title: string, locale: MailLocale, paragraphs: readonly string[]): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}
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
