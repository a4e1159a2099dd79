import type { FirstStepsFacts, FirstStepView, MailFacts, MailState } from './types'

/** Each step by facts; what people were told is the one that somebody has to say (X9). */
export function firstSteps(facts: FirstStepsFacts): readonly FirstStepView[] {
  return [
    { step: 'own_2fa', state: doneIf(facts.ownFactors > 0) },
    { step: 'mail', state: mailState(facts.mail) },
    { step: 'people', state: doneIf(facts.people > 1 || facts.invited > 0) },
    { step: 'tell', state: doneIf(facts.told) },
    { step: 'require', state: doneIf(facts.required) },
    { step: 'report', state: doneIf(facts.reported) },
  ]
}

export function areAllDone(steps: readonly FirstStepView[]): boolean {
  return steps.every(({ state }) => state === 'done')
}

function doneIf(is: boolean): 'done' | 'missing' {
  return is ? 'done' : 'missing'
}

/**
 * 1. What goes to a folder reaches nobody.
 * 2. Nothing shows that mail works until one was taken over, and nothing any more once a later one failed for good.
 */
function mailState({ toFolder, sentAt, failedAt }: MailFacts): MailState {
  if (toFolder) return 'to_folder'
  if (failedAt !== null && (sentAt === null || sentAt < failedAt)) return 'last_failed'
  return sentAt === null ? 'none_sent' : 'done'
}
