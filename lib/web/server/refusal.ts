import { recordEvent } from '../../audit/service'
import { INSTALLATION } from '../../audit/types'
import type { Deps } from '../../core/deps'
import type { RequestInfo } from '../../core/kernel/request'
import { logFailure } from '../../core/log'
import { takeRefusal } from '../../credentials/throttle/service'
import { localeOf, negotiate } from '../../i18n/locales'
import { type Translate, translator } from '../../i18n/translate'
import { cookieIn, LOCALE_COOKIE } from './request'

/** Requests that go no further, each with its status and a sentence in every language (`refusal.<reason>`). */
export const REFUSALS = {
  bad_path: 400,
  bad_request: 400,
  broken_form: 400,
  busy: 503,
  foreign_origin: 403,
  method: 405,
  no_length: 411,
  too_large: 413,
  wrong_type: 415,
} as const
export type Refusal = keyof typeof REFUSALS

/** What is written down besides: requests that are answered as if nothing had been sent. */
export type SilentRefusal = 'unknown_path' | 'unknown_session' | 'unknown_attempt' | 'bad_form'

/** ASVS 16.3.3: one entry per reason, client and minute; never what was sent. */
export async function noteRefusal(deps: Deps, reason: Refusal | SilentRefusal, request: RequestInfo): Promise<void> {
  try {
    if (!(await takeRefusal(deps, reason, request.address))) return
    await recordEvent(deps, {
      tenantId: INSTALLATION,
      kind: 'request_refused',
      actor: { kind: 'visitor' },
      request,
      data: { reason },
    })
  } catch (error) {
    logFailure(error, 'a refusal was not written down', { reason })
  }
}

interface Headers {
  cookie?: string
  acceptLanguage?: string
}

/** A page without style or script, for refusals that come before any page of ours. */
export function refusalPage(reason: Refusal, headers: Headers): string {
  const title = reason === 'busy' ? 'refusal.busyTitle' : 'refusal.title'
  return barePage(headers, (t) => [t(title), t(`refusal.${reason}`)])
}

/**
 * The page for what nobody foresaw: it needs no database, and says by which reference the log knows it (ASVS 16.5.1).
 */
export function failurePage(reference: string, headers: Headers): string {
  return barePage(headers, (t) => [t('refusal.failedTitle'), t('refusal.failed', { reference })])
}

/** The page of somebody of whom something cannot be read: it is no use to try again (N41). */
export function unreadablePage(reference: string, headers: Headers): string {
  return barePage(headers, (t) => [t('refusal.unreadableTitle'), t('refusal.unreadable', { reference })])
}

/** Seconds after which it is worth asking again. */
export const OUTAGE_RETRY = 10

/** The page while the database is away: it needs nothing but words (N38). */
export function outagePage(headers: Headers): string {
  return barePage(headers, (t) => [t('refusal.outageTitle'), t('refusal.outage')])
}

/** The same for programs (RFC 9457). */
export const OUTAGE_PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  detail: 'The database cannot be used at the moment. Ask again after the seconds of Retry-After.',
  error: 'unavailable',
})

/** Something failed for a program (RFC 9457); where a row cannot be read, asking again is of no use (N41). */
export function failureProblem(reference: string, unreadable: boolean): string {
  return JSON.stringify({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: unreadable
      ? 'A record that this needs cannot be read. Asking again does not help: give the reference to your operator.'
      : 'Something failed on our side. If it fails again, give the reference to your operator.',
    error: unreadable ? 'unreadable_row' : 'unexpected',
    reference,
  })
}

function barePage(headers: Headers, texts: (t: Translate) => [string, string]): string {
  const chosen = cookieIn(headers.cookie ?? '', LOCALE_COOKIE)
  const locale = localeOf(chosen) ?? negotiate(headers.acceptLanguage ?? null)
  const t = translator(locale)
  const [title, text, home] = [...texts(t), t('notFound.home')].map(escapeHtml)
  return `<!doctype html><html lang="${locale}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><main><h1>${title}</h1><p>${text}</p><p><a href="/">${home}</a></p></main></html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
