import { z } from 'zod'
import { REASON_LENGTH } from '../administration/people/rules'
import { signOutInstallation } from '../administration/sessions/service'
import { type CommandOutcome, defineCommand, done, refused } from './command'
import { missingFile, operator, withConfig, withDeps } from './world'

/** Everybody signs in anew: after a restore, or when something was stolen (SE4). */
export const sessionsEnd = defineCommand({
  usage: 'sessions end --all --reason TEXT',
  about: 'Signs everyone out, in every tenant, and forgets all devices. The audit log of each tenant says so.',
  options: { all: { type: 'boolean' }, reason: { type: 'string' } },
  hints: { reason: `why, in 1 to ${REASON_LENGTH} characters` },
  schema: z.object({
    all: z.literal(true),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_LENGTH)
      .regex(/^\P{Cc}*$/u),
  }),
  run: ({ reason }, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const file = missingFile(config)
      if (file !== null) return refused('no_database', `There is no database at ${file}: set DATABASE_URL or DATA_DIR.`)
      return withDeps(config, async (deps): Promise<CommandOutcome> => {
        const ended = await signOutInstallation(deps, operator(), reason)
        if (!ended.ok) {
          return refused(ended.code, 'The policy was changed again and again while this ran: run the command again.')
        }
        const { sessions, tenants } = ended.value
        return done(
          [`Ended ${sessions} sessions in ${tenants} tenants. Everyone has to sign in again, on unknown devices.`],
          {
            sessions,
            tenants,
          },
        )
      })
    }),
})
