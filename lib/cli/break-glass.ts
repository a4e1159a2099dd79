import { z } from 'zod'
import { breakGlass } from '../administration/people/codes/service'
import { REASON_LENGTH } from '../administration/people/rules'
import { emailField } from '../identity/user/schema'
import { type CommandOutcome, defineCommand, done, refused } from './command'
import { operator, withConfig, withDeps } from './world'

const BREAK_GLASS = {
  nobody: 'No one has this email: look at the users in the console, or at users create.',
  not_an_owner: 'This is not an owner who can sign in: an owner creates codes for everyone else in the console.',
  busy: 'The machine is busy hashing passwords: try again in a few seconds.',
} as const

/** A code for an owner who is locked out; using it alarms all admins (R8). */
export const breakGlassCommand = defineCommand({
  usage: 'break-glass --email ADDRESS --reason TEXT',
  about: 'Creates a recovery code for an owner who is locked out. Every owner and admin is told by email.',
  options: { email: { type: 'string' }, reason: { type: 'string' } },
  hints: { email: 'an email address', reason: `why, in 1 to ${REASON_LENGTH} characters` },
  schema: z.object({
    email: emailField,
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_LENGTH)
      .regex(/^\P{Cc}*$/u),
  }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps): Promise<CommandOutcome> => {
        const made = await breakGlass(deps, operator(), input)
        if (!made.ok) return refused(made.code, BREAK_GLASS[made.code])
        const { code, until } = made.value
        return done(
          [
            `Recovery code for ${input.email}: ${code}`,
            `It works once, until ${until.toISOString()}, in place of the passcode. Every owner and admin is told.`,
          ],
          { code, until: until.toISOString() },
        )
      }),
    ),
})
