import { z } from 'zod'
import { passcodeField } from '../../credentials/passcode/schema'
import { readRecoveryCode } from '../../credentials/recovery/rules'
import type { Answer } from '../gate/action'

/** Where the page that connects a factor leads back to. */
const returnTo = z.string().optional()

export const enrolSchema = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('confirm'), passcode: passcodeField, returnTo }),
  z.object({ intent: z.literal('renew'), returnTo }),
  z.object({ intent: z.literal('resend'), returnTo }),
  z.object({
    intent: z.literal('type_back'),
    // Whoever pastes the whole list is told so with the codes still there (E4).
    typed: z.string().max(4000),
    codes: z.string().max(400),
    number: z.string().regex(/^\d{1,2}$/),
    returnTo,
  }),
])

/** A wrong entry shows the codes again from the same post (E4); what does not look like codes is not shown. */
export function shownCodes(input: { codes: string; number: string }): Record<string, string | string[]> | undefined {
  const codes = input.codes.split(' ')
  return codes.every((code) => readRecoveryCode(code) !== null) ? { codes, number: input.number } : undefined
}

/** What the page of the codes says when the one that was typed back is not the right one. */
export function typedBackAnswer(code: 'wrong' | 'busy', input: { codes: string; number: string }): Answer {
  const data = shownCodes(input)
  return code === 'busy' ? { error: code, data } : { error: 'typed_back_wrong', field: 'typed', data }
}

/** Codes that were just made, for the one page that shows them. */
export function shownOnce({ codes, number }: { codes: string[]; number: number }): Answer {
  return { data: { codes, number: String(number) } }
}
