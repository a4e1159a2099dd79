import type { SecurityView } from '../authentication/account/service'

/** One's own state in a word, a shape and a sentence. */
export function securityState({ factors, inForce, required }: SecurityView) {
  if (factors.length > 0 && inForce) return { word: 'enrolled', badge: 'positive', sentence: 'enrolled' } as const
  if (factors.length > 0) return { word: 'notAsked', badge: 'neutral', sentence: 'notAsked' } as const
  if (required) return { word: 'setupRequired', badge: 'attention', sentence: 'setupRequired' } as const
  return { word: 'off', badge: 'neutral', sentence: 'off' } as const
}
