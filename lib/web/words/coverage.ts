import type { SecurityView } from '../../authentication/account/factors/service'
import {
  type Coverage,
  OUTCOMES,
  type Outcome,
  type Progress,
  type TraceStep,
  type TypeCounts,
} from '../../coverage/types'
import { lastMomentOf } from '../../identity/policy/rules'
import type { FactorKind } from '../../identity/policy/types'
import type { Reader } from './reader'

type Words = Pick<Reader, 't' | 'time'>

/** What happens at the next sign-in, and because of what, in a sentence each (M9). */
export function whyText(
  { path, rule, tenant, partner, since, until, deadline }: Coverage,
  { t, time }: Words,
): [string, string] {
  const what = t(`why.path.${path}`)
  const lasts = deadline && lastMomentOf(deadline)
  const when = rule === 'exempted' ? until : rule === 'deadline' ? lasts : since
  if (rule === 'service_account' && until !== null) {
    return [what, t('why.rule.service_until', { when: time(lastMomentOf(until)) })]
  }
  if (rule !== 'required' && rule !== 'exempted' && rule !== 'deadline') return [what, t(`why.rule.${rule}`)]
  // Nothing that could be read asks for it (S8).
  if (tenant === null) return [what, t('why.rule.required_strictest')]
  // Another company is not named, nor since when (T6).
  if (tenant.name === null || when === null) return [what, t(`why.other.${rule}`)]
  return [what, t(`why.rule.${rule}`, { tenant: partner?.name ?? tenant.name, when: time(when) })]
}

function kindsOf(kinds: readonly FactorKind[], t: Words['t']): string {
  return kinds.length === 0 ? t('why.none') : kinds.map((kind) => t(`factor.${kind}`)).join(', ')
}

/** One setting that was looked at (M9). */
export function stepText(step: TraceStep, { t, time }: Words): string {
  switch (step.setting) {
    case 'required':
    case 'not_required': {
      const type = step.userType
      const when = step.since === null ? '–' : time(step.since)
      if (step.partner !== undefined) {
        return t('why.step.floor_required', { partner: step.partner.name, tenant: step.tenant.name, type, when })
      }
      return t(`why.step.${step.setting}`, { tenant: step.tenant.name, type, when })
    }
    case 'kinds': {
      const values = { tenant: step.tenant.name, type: step.userType, kinds: kindsOf(step.kinds, t) }
      if (step.partner !== undefined) return t('why.step.floor_kinds', { partner: step.partner.name, ...values })
      return t('why.step.kinds', values)
    }
    case 'deadline': {
      const when = time(lastMomentOf(step.until))
      const values = { tenant: step.tenant.name, type: step.userType, when }
      if (step.partner !== undefined) return t('why.step.floor_deadline', { partner: step.partner.name, ...values })
      return t('why.step.deadline', values)
    }
    case 'more_time':
      return t('why.step.more_time', { tenant: step.tenant.name, when: time(lastMomentOf(step.until)) })
    case 'exempted':
      return t('why.step.exempted', { tenant: step.tenant.name, when: time(step.until) })
    case 'factors':
      return t('why.step.factors', { kinds: kindsOf(step.kinds, t) })
    case 'own_choice':
    case 'no_choice':
      return t(`why.step.${step.setting}`)
  }
}

/**
 * The one number in words, its parts, and those who stand beside it and never in it (P9). Where nothing is required
 * that is a word and no bar: a full one would look like done.
 */
export function sharesOf(progress: Progress, required: boolean, t: Words['t']): SharesWords {
  const { enrolled, mustSetUp, invited, of, exempt, service, notRequired, suspended } = progress
  const beside = [
    ['Exempt', exempt],
    ['Service', service],
    ['Free', notRequired],
    ['Suspended', suspended],
  ] as const
  return {
    text: t(required ? 'advanced.coverage' : 'advanced.coverageOff', { enrolled, people: of }),
    total: of,
    bar: required && of > 0,
    parts: [
      { value: enrolled, tone: 'positive', text: t('advanced.coverageEnrolled', { n: enrolled }) },
      { value: mustSetUp, tone: 'attention', text: t('advanced.coverageSetup', { n: mustSetUp }) },
      { value: invited, tone: 'neutral', text: t('advanced.coverageInvited', { n: invited }) },
    ],
    beside: beside.flatMap(([word, n]) => (n === 0 ? [] : [t(`advanced.coverage${word}`, { n })])),
  }
}

interface SharesWords {
  text: string
  total: number
  bar: boolean
  parts: { value: number; tone: 'positive' | 'attention' | 'neutral'; text: string }[]
  beside: string[]
}

const ALWAYS: readonly Outcome[] = ['fine', 'must_enrol']

/** What the preview says happens to how many; invited people beside the members, and never among them (P2, P9). */
export function foretold(
  { outcomes, invited, invitedOutcome }: Pick<TypeCounts, 'outcomes' | 'invited' | 'invitedOutcome'>,
  t: Words['t'],
): { outcome: Outcome; people: number; text: string; invited: string | null }[] {
  const rows = OUTCOMES.map((outcome) => {
    const n = outcome === invitedOutcome ? invited : 0
    const people = outcomes[outcome]
    const text = t('advanced.previewPeople', { n: people })
    return { outcome, people, text, invited: n === 0 ? null : t('advanced.previewInvited', { n }) }
  })
  return rows.filter(({ outcome, people, invited }) => ALWAYS.includes(outcome) || people > 0 || invited !== null)
}

/** One's own state in a word, a shape and a sentence. */
export function securityState({ factors, inForce, required }: SecurityView) {
  if (factors.length > 0 && inForce) return { word: 'enrolled', badge: 'positive', sentence: 'enrolled' } as const
  if (factors.length > 0) return { word: 'notAsked', badge: 'neutral', sentence: 'notAsked' } as const
  if (required) return { word: 'setupRequired', badge: 'attention', sentence: 'setupRequired' } as const
  return { word: 'off', badge: 'neutral', sentence: 'off' } as const
}
