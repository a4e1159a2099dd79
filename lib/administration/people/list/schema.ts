import { z } from 'zod'
import { STATES } from '../../../coverage/types'
import { ROLES } from '../../../identity/user/types'
import { type PeopleQuery, SORTS } from './types'

const choice = <T extends string>(values: readonly T[]) => z.enum(values).nullable().catch(null)

const one = z.string().max(400).catch('')

/** What a query string says of the list; whatever it does not know is left out. */
export function readPeopleQuery(search: Record<string, string | string[] | undefined>): PeopleQuery {
  const text = (name: string) => one.parse(search[name] ?? '')
  const after = text('after')
  const before = text('before')
  return {
    suspended: search.list === 'suspended',
    search: text('q').slice(0, 100),
    userType: choice(['team', 'end'] as const).parse(search.type ?? null),
    role: choice(ROLES).parse(search.role ?? null),
    status: choice(STATES).parse(search.status ?? null),
    atRisk: search.risk === '1',
    sort: choice(SORTS).parse(search.sort ?? null) ?? 'name',
    descending: search.dir === 'desc',
    from: after !== '' ? { after } : before !== '' ? { before } : search.page === 'last' ? 'last' : 'first',
  }
}

/** The same as a query string, from the beginning of the list. */
export function writePeopleQuery(query: Omit<PeopleQuery, 'from'>): URLSearchParams {
  const { suspended, search, userType, role, status, atRisk, sort, descending = false } = query
  return new URLSearchParams({
    ...(suspended ? { list: 'suspended' } : {}),
    ...(search === '' ? {} : { q: search }),
    ...(userType === null ? {} : { type: userType }),
    ...(role === null ? {} : { role }),
    ...(status === null ? {} : { status }),
    ...(atRisk ? { risk: '1' } : {}),
    ...(sort === 'name' ? {} : { sort }),
    ...(descending ? { dir: 'desc' } : {}),
  })
}
