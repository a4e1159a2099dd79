import { refresh } from 'next/cache'
import { headers } from 'next/headers'
import { redirect, unstable_rethrow } from 'next/navigation'
import type { z } from 'zod'
import type { FormState } from '@/components/ui/form-state'
import { initialFormState, keptValues, nextSubmission } from '@/components/ui/form-state'
import type { Deps } from '../../core/deps'
import { isUnreadableRow } from '../../core/kernel/unreadable'
import { logFailure } from '../../core/log'
import { OTHER_SIGN_IN_PATH } from '../paths'
import { deps, world } from '../server/deps'
import { noteRefusal, OUTAGE_RETRY } from '../server/refusal'
import { isOwnOrigin } from '../server/request'
import { noteFormRead, noteOutage, noteUnreadable, setStatus } from '../server/response'
import { type MessageKey, portalReader, type Reader, reader, visitorReader } from '../words/reader'
import { LINK_FIELD, refusedFor } from './drawn'
import { requestInfo } from './guard'

/** How an action answers: on to a page, an error by code, or a result for the page. */
export type Answer =
  | { to: string }
  | {
      error: ErrorCode
      until?: Date | null
      seconds?: number
      /** Whom the sentence names. */
      name?: string
      field?: string
      status?: number
      data?: FormState['data']
      /** Said in the sentence of the error. */
      nearest?: string
    }
  | { done?: MessageKey; data?: Record<string, string | string[]> }

/** Codes with a sentence in every language (`error.<code>`). */
export const ERROR_CODES = [
  'accent_faint',
  'address_held',
  'address_taken',
  'already_invited',
  'already_set_up',
  'bad_request',
  'bad_slug',
  'below_floor',
  'busy',
  'changed_meanwhile',
  'clock_ahead',
  'clock_behind',
  'code_wrong',
  'codes_not_allowed',
  'conflict',
  'control_characters',
  'cookies_blocked',
  'cookies_dropped',
  'days_out_of_range',
  'deadline_out_of_range',
  'done_meanwhile',
  'exempt_days',
  'expired_new_sent',
  'kind_not_allowed',
  'last_owner',
  'leaves_no_kind',
  'link_dead',
  'limits_out_of_range',
  'locked',
  'mail_link_dead',
  'mail_throttled',
  'must_enrol_first',
  'name_differs',
  'no_days_left',
  'no_day_named',
  'no_deadline',
  'no_kind',
  'no_role',
  'nobody_here',
  'not_a_color',
  'not_a_help_link',
  'not_a_partner',
  'not_a_phone',
  'not_allowed',
  'not_an_address',
  'not_found',
  'not_https',
  'nobody_to_ask',
  'service_account',
  'service_until',
  'not_permitted',
  'nothing_picked',
  'notice_link_dead',
  'other_link',
  'other_session',
  'out_of_tries',
  'owner_code_needed',
  'owner_code_sent',
  'owner_code_wrong',
  'owner_needed',
  'owner_unknown',
  'partner_in_production',
  'passcode_expired',
  'passcode_old',
  'password_needed',
  'phone_refused',
  'password_breached',
  'password_common',
  'password_context',
  'password_same',
  'password_too_long',
  'password_too_short',
  'read_meanwhile',
  'recovery_wrong',
  'reminded_lately',
  'request_over',
  'required',
  'same_address',
  'setup_code_wrong',
  'slug_taken',
  'still_required',
  'throttled',
  'too_deep',
  'too_long',
  'too_many_factors',
  'totp_wrong',
  'trust_out_of_range',
  'typed_back_wrong',
  'unavailable',
  'unexpected',
  'unreadable_now',
  'unreadable_row',
  'wrong_credentials',
  'wrong_mail_throttled',
  'wrong_new_sent',
  'wrong_password',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

interface Definition<Schema extends z.ZodType, Actor> {
  schema: Schema
  /** Names of fields that are shown again after an error; never secrets. */
  kept?: readonly string[]
  /** Makes the proof of who is asking; redirects whoever is not. `link` is the one that the form names (R12). */
  gate: (link: string) => Promise<Actor>
  run: (deps: Deps, actor: Actor, input: z.output<Schema>, reader: Reader) => Promise<Answer>
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  not_permitted: 403,
  not_found: 404,
  throttled: 429,
  mail_throttled: 429,
  wrong_mail_throttled: 429,
  locked: 429,
  busy: 503,
  unavailable: 503,
  unreadable_now: 503,
}
/** What a button has no place for: the failure page says it. */
const UNSAID: readonly ErrorCode[] = ['unexpected', 'unavailable', 'unreadable_row']
/** Seconds after which another try is worth it. */
const RETRY: Partial<Record<ErrorCode, number>> = { busy: 5, unavailable: OUTAGE_RETRY, unreadable_now: 60 }

/**
 * The one shape of a server action: origin → gate → parse → service → answer. Actions are open POST
 * endpoints, so nothing here rests on the page that showed the form.
 */
export function defineAction<Schema extends z.ZodType, Actor>(definition: Definition<Schema, Actor>) {
  return async (state: FormState, form: FormData): Promise<FormState> => {
    const { answer, text } = await perform(definition, form)
    if ('to' in answer) redirect(answer.to)
    const submission = nextSubmission(typeof state === 'object' && state !== null ? state : initialFormState)
    if ('error' in answer) {
      const kept = form instanceof FormData ? keptValues(form, definition.kept ?? []) : {}
      return refusal(answer, text, kept, submission)
    }
    return {
      status: 'done',
      submission,
      ...(answer.done ? { message: text.t(answer.done) } : {}),
      ...(answer.data ? { data: answer.data } : {}),
    }
  }
}

/**
 * For a form that is one button and has nothing to answer: leads to a page, or leaves the person where they are;
 * `otherwise` is the page for a form that was drawn for another session (S26).
 */
export function defineButton<Schema extends z.ZodType, Actor>(
  definition: Definition<Schema, Actor> & { otherwise?: string },
) {
  return async (form: FormData): Promise<void> => {
    const { answer } = await perform(definition, form)
    if ('to' in answer) redirect(answer.to)
    if ('error' in answer && answer.error === 'other_session') redirect(definition.otherwise ?? '/')
    // Nothing on the page can say it: the failure page does.
    if ('error' in answer && UNSAID.includes(answer.error)) {
      throw new Error('a button failed')
    }
  }
}

async function perform<Schema extends z.ZodType, Actor>(
  { schema, gate, run }: Definition<Schema, Actor>,
  form: FormData,
): Promise<{ answer: Answer; text: Reader }> {
  noteFormRead()
  let text = await visitorReader()
  try {
    const all = await headers()
    const from = { origin: all.get('origin'), site: all.get('sec-fetch-site') }
    if (!isOwnOrigin(from, world().config.publicUrl)) return { answer: { error: 'not_allowed', status: 403 }, text }
    text = await reader()
    const fields = readForm(form)
    const actor = await gate(fields?.[LINK_FIELD] ?? '')
    const other = fields === null ? null : refusedFor(actor, fields)
    // The page of the sign-in under way says it, whichever step that is at.
    if (other === 'other_attempt') return { answer: { to: OTHER_SIGN_IN_PATH }, text }
    if (other !== null) {
      // The page is drawn anew with the answer: whoever goes on acts in what they see (S26).
      refresh()
      return { answer: { error: other, status: 409 }, text }
    }
    const parsed = fields === null ? null : schema.safeParse(fields)
    if (parsed?.success !== true) {
      const answer = parsed === null ? BAD_FORM : invalid(parsed.error)
      if (answer === BAD_FORM) await noteRefusal(deps(), 'bad_form', await requestInfo())
      return { answer, text }
    }
    const answer = await run(deps(), actor, parsed.data, text)
    world().wake()
    return { answer, text }
  } catch (error) {
    unstable_rethrow(error)
    const { requestId } = await requestInfo()
    const outage = logFailure(error, 'an action failed', { requestId })
    if (outage !== null) {
      noteOutage()
      return { answer: { error: outage === 'unknown_key' ? 'unreadable_now' : 'unavailable' }, text }
    }
    if (isUnreadableRow(error)) {
      noteUnreadable()
      return { answer: { error: 'unreadable_row', status: 500 }, text }
    }
    return { answer: { error: 'unexpected', status: 500 }, text }
  }
}

/** Fields by name; null when one is sent twice or is a file, which no form of ours does. */
export function readForm(form: unknown): Record<string, string> | null {
  if (!(form instanceof FormData)) return null
  const fields: Record<string, string> = {}
  for (const [name, value] of form.entries()) {
    if (name.startsWith('$ACTION')) continue
    if (typeof value !== 'string' || Object.hasOwn(fields, name)) return null
    fields[name] = value
  }
  return fields
}

const BAD_FORM: Answer = { error: 'bad_request', status: 400 }

function invalid(error: z.ZodError): Answer {
  const issue = error.issues[0]
  const code = ERROR_CODES.find((each) => each === issue?.message)
  const field = typeof issue?.path[0] === 'string' ? issue.path[0] : undefined
  if (code === undefined || field === undefined) return BAD_FORM
  return { error: code, field }
}

async function refusal(
  answer: Extract<Answer, { error: ErrorCode }>,
  { t }: Reader,
  values: Record<string, string>,
  submission: number,
): Promise<FormState> {
  const code = answer.error === 'throttled' && answer.until === null ? 'locked' : answer.error
  const { requestId } = await requestInfo()
  const now = deps().clock.now()
  const wait = answer.until ? (answer.until.getTime() - now.getTime()) / 1000 : undefined
  const status = answer.status ?? STATUS[code]
  if (status !== undefined) setStatus(status, RETRY[code] ?? wait)
  const values_ = {
    until: answer.until ? (await portalReader()).date(answer.until) : '',
    minutes: Math.max(1, Math.ceil((wait ?? 0) / 60)),
    seconds: answer.seconds ?? 0,
    nearest: answer.nearest ?? '',
    name: answer.name ?? '',
  }
  const message = t(`error.${code}`, { ...values_, reference: requestId ?? '' })
  const kept = { values, submission, ...(answer.data ? { data: answer.data } : {}) }
  if (answer.field === undefined) return { status: 'error', message, ...kept }
  return { status: 'error', fields: { [answer.field]: message }, ...kept }
}
