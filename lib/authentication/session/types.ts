import type { SessionRecord } from '../../identity/actor/types'
import type { Role, UserType } from '../../identity/user/types'

/** As its owner sees it (D9). */
export interface ListedSession extends SessionRecord {
  address: string | null
  userAgent: string | null
}

/** Whose session it is, to a tenant's admins. */
export interface TenantSession extends ListedSession {
  person: { name: string; email: string; role: Role; userType: UserType }
}

/** Sessions of people with a membership of this type, guests among them. */
export interface MemberSessions {
  tenantId: string
  userType: UserType
}

export interface TenantSessions {
  tenantId: string
  userType: UserType | null
}
