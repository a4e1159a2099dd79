import { z } from 'zod'
import { readRecoveryCode } from '../recovery/rules'
import type { Answer, ErrorCode } from './action'

export const enrolSchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('confirm'), passcode: z.string().trim().min(1, 'required').max(40, 'too_long') }),
  z.object({ intent: z.literal('renew') }),
  z.object({
    intent: z.literal('type_back'),
    // Whoever pastes the whole list is told so with the codes still there (E4).
    typed: z.string().max(4000),
    codes: z.string().max(400),
    number: z.string().regex(/^\d{1,2}$/),
  }),
])

/** E4: a wrong entry shows the codes again from the same post; what does not look like codes is not shown. */
export function shownCodes(input: { codes: string; number: string }): Record<string, string | string[]> | undefined {
  const codes = input.codes.split(' ')
  return codes.every((code) => readRecoveryCode(code) !== null) ? { codes, number: input.number } : undefined
}

type CodesOutcome =
  | { ok: true; value: { codes: string[]; number: number; until?: Date | null } }
  | { ok: false; code: 'start_over' | 'wrong' | 'busy' | 'elsewhere' }

export function codesAnswer(result: CodesOutcome, elsewhere: string): Answer {
  if (result.ok) return { data: { codes: result.value.codes, number: String(result.value.number) } }
  switch (result.code) {
    case 'start_over':
      return { to: '/sign-in?notice=start_over' }
    case 'elsewhere':
      return { to: elsewhere }
    case 'wrong':
      return { error: 'setup_code_wrong' satisfies ErrorCode, field: 'passcode' }
    case 'busy':
      return { error: 'busy' }
  }
}
