import { REMINDER_STEPS } from '../../administration/invitation/types'
import { REPORT_SCOPES } from '../../administration/report/types'
import { dataOf, type EventGroup } from '../../audit/reading/rules'
import type { AuditKind, JsonValue, StoredEvent } from '../../audit/types'
import { AUDIT_KINDS } from '../../audit/types'
import { LEVELS, RULES } from '../../coverage/types'
import type { Translate } from '../../i18n/translate'
import { BOXED_KINDS } from '../forms/policy'

/** Kinds whose sentence says the factor too, and the factors that have words for it. */
export const KINDS_WITH_FACTOR = ['sign_in_succeeded', 'sign_in_failed', 'step_up_succeeded', 'step_up_failed'] as const
export const WORDED_FACTORS = ['totp', 'email', 'sms', 'passkey', 'mail', 'recovery'] as const
export const ACTOR_KINDS = ['user', 'visitor', 'operator', 'system'] as const

export function knownKind(kind: string): AuditKind | null {
  return AUDIT_KINDS.find((each) => each === kind) ?? null
}

/** Kinds whose sentence names whoever did it to somebody or something else: a person acts, and never a file. */
export const DONE_BY_SOMEBODY = [
  'user_created',
  'user_invited',
  'invitation_withdrawn',
  'import_received',
  'import_started',
  'import_dropped',
  'user_suspended',
  'user_reactivated',
  'role_changed',
  'profile_changed',
  'exemption_given',
  'time_given',
  'exemption_ended',
  'service_account_made',
  'service_account_ended',
  'membership_ended',
  'recovery_code_issued',
  'factors_reset',
  'reset_approved',
  'reset_denied',
  'session_ended',
  'person_reminded',
  'devices_forgotten',
  'two_factor_voided',
  'factors_voided',
  'contained',
  'address_changed',
  'policy_changed',
  'floors_changed',
  'policy_change_refused',
  'company_changed',
  'tenant_created',
  'tenant_suspended',
  'tenant_reactivated',
  'stage_changed',
] as const

/** Who did it, where the sentence says so. */
function actorSaid(event: StoredEvent) {
  const { actorKind, actorId, actorName, subjectId, subjectName } = event
  const kind = DONE_BY_SOMEBODY.find((each) => each === event.kind)
  if (kind === undefined || actorKind !== 'user' || actorName === null || subjectName === null) return null
  return actorId === subjectId ? null : { kind, actor: actorName, who: subjectName }
}

/** What happened, in one sentence: who did it to whom, or else about whom it was done to or whoever did it. */
export function eventSentence(event: StoredEvent, t: Translate): string {
  const kind = knownKind(event.kind)
  const said = actorSaid(event)
  if (said !== null) return t(`audit.did.${said.kind}`, { actor: said.actor, who: said.who })
  const who = event.subjectName ?? event.actorName ?? actorOf(event, t)
  if (kind === null) return t('audit.unknown', { who, kind: event.kind })
  const withFactor = KINDS_WITH_FACTOR.find((each) => each === kind)
  const factor = WORDED_FACTORS.find((each) => each === event.factorType)
  return withFactor !== undefined && factor !== undefined
    ? t(`audit.with.${withFactor}`, { who, factor: t(`audit.factor.${factor}`) })
    : t(`audit.says.${kind}`, { who })
}

/** Kinds that many people are told of in one sentence. */
export const TOLD_TOGETHER = [
  'user_created',
  'user_invited',
  'invitation_accepted',
  'invitation_withdrawn',
  'sign_in_succeeded',
  'signed_out',
  'enrolment_put_off',
  'mfa_setup_succeeded',
  'user_suspended',
  'user_reactivated',
  'role_changed',
  'profile_changed',
  'session_ended',
  'person_reminded',
  'exemption_given',
  'time_given',
  'device_verified',
] as const

/** What happened, once or often: "60 people were invited". */
export function groupSentence({ newest, events, people }: EventGroup, t: Translate): string {
  if (events === 1) return eventSentence(newest, t)
  const together = TOLD_TOGETHER.find((each) => each === newest.kind)
  if (together !== undefined && people > 1) return t(`audit.many.${together}`, { n: people })
  const kind = knownKind(newest.kind)
  return t('audit.times', { event: kind === null ? newest.kind : t(`event.${kind}`), n: events })
}

/** The factor by name, where the sentence does not say it. */
export function otherFactor(event: StoredEvent, t: Translate): string | null {
  const factor = BOXED_KINDS.find((each) => each === event.factorType)
  const isSaid = KINDS_WITH_FACTOR.some((each) => each === event.kind)
  return factor === undefined || isSaid ? null : t(`factor.${factor}`)
}

/** Who did it, where that is not whom it was done to, and the sentence does not say it. */
export function otherActor(event: StoredEvent, t: Translate): string | null {
  if (event.subjectName === null || (event.actorId !== null && event.actorId === event.subjectId)) return null
  return actorSaid(event) === null ? (event.actorName ?? actorOf(event, t)) : null
}

function actorOf({ actorKind }: StoredEvent, t: Translate): string {
  return t(`audit.actor.${ACTOR_KINDS.find((each) => each === actorKind) ?? 'user'}`)
}

/** What the data of events is called on pages; anything else by its own name. */
export const DETAILS = [
  'reason',
  'confirmedBy',
  'before',
  'after',
  'from',
  'to',
  'invitations',
  'until',
  'ended',
  'sessionsEnded',
  'role',
  'of',
  'step',
  'way',
  'methods',
  'kinds',
  'removed',
  'triesUsed',
  'passwordDemanded',
  'left',
  'tenant',
  'partner',
  'action',
  'format',
  'filters',
  'scope',
  'rows',
  'enrolled',
  'outOf',
  'people',
  'done',
  'others',
  'mailed',
  'daysBefore',
  'reminder',
  'scheduled',
  'decision',
  'rule',
  'level',
] as const

/** The data of an event, line by line. */
export function detailsOf(event: StoredEvent, t: Translate): { term: string; lines: readonly string[] }[] {
  const data = dataOf(event)
  if (!isRecord(data)) return [{ term: t('audit.column.data'), lines: linesOf('', data, t) }]
  return Object.entries(data)
    .map(([key, value]) => {
      const known = DETAILS.find((each) => each === key)
      return { term: known === undefined ? key : t(`audit.detail.${known}`), lines: linesOf(key, value, t) }
    })
    .filter(({ lines }) => lines.length > 0)
}

const DECISIONS = ['asked', 'asked_recovery_code', 'skipped_trusted_device', 'exempt', 'put_off', 'not_asked'] as const

/** The words of what stands in the log as a code. */
function wordOf(key: string, value: JsonValue, t: Translate): string | null {
  const decision = key === 'decision' ? DECISIONS.find((each) => each === value) : undefined
  if (decision !== undefined) return t(`audit.decision.${decision}`)
  const rule = key === 'rule' ? RULES.find((each) => each === value) : undefined
  if (rule !== undefined) return t(`report.rule.${rule}`)
  const level = key === 'level' ? LEVELS.find((each) => each === value) : undefined
  if (level !== undefined) return t(`report.level.${level}`)
  const reminder = key === 'reminder' ? REMINDER_STEPS.find((each) => each === value) : undefined
  if (reminder !== undefined) return t(`audit.reminder.${reminder}`)
  const scope = key === 'scope' ? REPORT_SCOPES.find((each) => each === value) : undefined
  return scope === undefined ? null : t(`report.scope.${scope}`)
}

function linesOf(key: string, value: JsonValue, t: Translate): string[] {
  if (!isRecord(value)) return [wordOf(key, value, t) ?? textOf(value, t)]
  return Object.entries(value).map(([key, each]) => `${key}: ${textOf(each, t)}`)
}

function textOf(value: JsonValue, t: Translate): string {
  if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isRecord(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
