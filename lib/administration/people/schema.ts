import { z } from 'zod'
import { PERSON_STATES } from '../../coverage/types'
import { MOST_EXEMPT_DAYS } from '../../identity/exemption/rules'
import { emailField } from '../../identity/user/schema'
import { ROLES } from '../../identity/user/types'
import { REASON_LENGTH } from './rules'
import { type PeopleQuery, SORTS } from './types'

const choice = <T extends string>(values: readonly T[]) => z.enum(values).nullable().catch(null)

const one = z.string().max(400).catch('')

/** What an address says of the list; whatever it does not know is left out of the wish. */
export function readPeopleQuery(search: Record<string, string | string[] | undefined>): PeopleQuery {
  const text = (name: string) => one.parse(search[name] ?? '')
  const after = text('after')
  const before = text('before')
  return {
    suspended: search.list === 'suspended',
    search: text('q').slice(0, 100),
    userType: choice(['team', 'end'] as const).parse(search.type ?? null),
    role: choice(ROLES).parse(search.role ?? null),
    status: choice(PERSON_STATES).parse(search.status ?? null),
    atRisk: search.risk === '1',
    sort: choice(SORTS).parse(search.sort ?? null) ?? 'name',
    from: after !== '' ? { after } : before !== '' ? { before } : search.page === 'last' ? 'last' : 'first',
  }
}

/** The same wish as an address, from the beginning of the list. */
export function writePeopleQuery(query: Omit<PeopleQuery, 'from'>): URLSearchParams {
  const { suspended, search, userType, role, status, atRisk, sort } = query
  return new URLSearchParams({
    ...(suspended ? { list: 'suspended' } : {}),
    ...(search === '' ? {} : { q: search }),
    ...(userType === null ? {} : { type: userType }),
    ...(role === null ? {} : { role }),
    ...(status === null ? {} : { status }),
    ...(atRisk ? { risk: '1' } : {}),
    ...(sort === 'name' ? {} : { sort }),
  })
}

const target = { tenant: z.string().regex(/^[a-z0-9-]{1,60}$/), user: z.string().regex(/^[0-9a-z-]{1,60}$/) }

const reason = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(
    z
      .string()
      .min(1, 'required')
      .max(REASON_LENGTH, 'too_long')
      .regex(/^\P{Cc}*$/u, 'control_characters'),
  )

export const personSchema = z.object(target)
export const personWithReasonSchema = z.object({ ...target, reason })
export const resetSchema = z.object({ ...target, reason, withCode: z.literal('on').optional().transform(Boolean) })
export const roleSchema = z.object({ ...target, role: z.enum(ROLES, 'required') })
export const addressSchema = z.object({ ...target, reason, email: emailField })
export const exemptSchema = z.object({
  ...target,
  reason,
  days: z.coerce.number('required').int('exempt_days').min(1, 'exempt_days').max(MOST_EXEMPT_DAYS, 'exempt_days'),
})
/** Every session; with `devices` whatever is trusted as well (SE4). */
export const sessionsOfPersonSchema = z.object({ ...target, devices: z.literal('on').optional().transform(Boolean) })
export const sessionOfPersonSchema = z.object({ ...target, session: z.string().regex(/^[0-9a-z-]{1,60}$/) })
