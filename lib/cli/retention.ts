import { z } from 'zod'
import { changeRetention, forgetInLog } from '../administration/retention/service'
import { RETENTION_CEILING_DAYS, RETENTION_FLOOR_DAYS } from '../audit/retention/rules'
import { retentionOf } from '../audit/retention/service'
import { INSTALLATION } from '../audit/types'
import type { Deps } from '../core/deps'
import { tenantBySlug } from '../identity/tenant/service'
import { type CommandOutcome, defineCommand, done, refused } from './command'
import { operator, withConfig, withDeps } from './world'

const FOR_EVER = 'for ever'

const keptFor = (days: number | null) => (days === null ? FOR_EVER : `${days} days`)

/** Whose log: a tenant's, or that of the installation itself. */
async function logOf(deps: Deps, slug: string | undefined): Promise<string | null> {
  if (slug === undefined) return INSTALLATION
  return (await tenantBySlug(deps, slug))?.id ?? null
}

export const auditRetention = defineCommand({
  usage: 'audit retention [--days N | --days forever] [--tenant SLUG]',
  about: `Says or sets how long the audit log of a tenant, or without --tenant that of the installation, is kept.`,
  options: { days: { type: 'string' }, tenant: { type: 'string' } },
  hints: {
    days: `${RETENTION_FLOOR_DAYS} to ${RETENTION_CEILING_DAYS}, or forever`,
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
  },
  schema: z.object({
    tenant: z.string().min(1).optional(),
    days: z
      .union([
        z.literal('forever').transform(() => null),
        z
          .string()
          .regex(/^\d{1,5}$/)
          .transform(Number)
          .refine((days) => days >= RETENTION_FLOOR_DAYS && days <= RETENTION_CEILING_DAYS),
      ])
      .optional(),
  }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps): Promise<CommandOutcome> => {
        const tenantId = await logOf(deps, input.tenant)
        if (tenantId === null)
          return refused('unknown_tenant', 'No tenant has this slug: look at the URL of its pages under /admin.')
        if (input.days !== undefined) await changeRetention(deps, operator(), { tenantId, days: input.days })
        const { days, next } = await retentionOf(deps, tenantId)
        return done(
          [
            `The log is kept ${days === null ? FOR_EVER : `for ${keptFor(days)}`}.`,
            ...(next === null
              ? []
              : [
                  `From ${next.at.toISOString()} on it is kept for ${keptFor(next.days)}; the owners are told by email.`,
                ]),
          ],
          { days, next: next && { days: next.days, at: next.at.toISOString() } },
        )
      }),
    ),
})

export const auditForget = defineCommand({
  usage: 'audit forget --email ADDRESS',
  about:
    'Deletes what is personal to someone from the audit logs; the entries and the chains stay. It cannot be undone.',
  options: { email: { type: 'string' } },
  hints: { email: 'an email address' },
  schema: z.object({ email: z.string().min(1) }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps): Promise<CommandOutcome> => {
        const forgotten = await forgetInLog(deps, operator(), input.email)
        if (forgotten === null) return refused('no_address', 'This is no email address.')
        const { blanked, kept, unsealed } = forgotten
        return done(
          [
            `Personal data was deleted from ${blanked} ${blanked === 1 ? 'entry' : 'entries'}.`,
            ...(kept === 0
              ? []
              : [
                  `${kept} of before this version stay as they are: their chain would break. They go with their retention.`,
                ]),
            ...(unsealed === 0 ? [] : [`${unsealed} are not sealed yet: run this again in a minute.`]),
          ],
          { ...forgotten },
        )
      }),
    ),
})
