import type { Proof } from '../../core/kernel/proof'
import type { RequestInfo } from '../../core/kernel/request'
import type { MembershipView, Person, TenantView } from '../user/types'

/**
 * RFC 8176 authentication method references (`pwd`, `otp`, `sms`), plus what this product adds: `link`, a mailed
 * sign-in link; `email` and `passkey`, factors; `recovery`, a code; `mail`, a verified device; `device`, a trusted one;
 * `put_off`, no factor yet (P8).
 */
export const METHODS = [
  'pwd',
  'link',
  'otp',
  'email',
  'sms',
  'passkey',
  'mail',
  'recovery',
  'device',
  'put_off',
] as const
export type Method = (typeof METHODS)[number]

export interface SessionRecord {
  id: string
  tokenHash: string
  userId: string
  methods: readonly Method[]
  deviceId: string | null
  /** The roles it was opened with, as `writeRoles` writes them (R13). */
  openedAs: string
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
  idleSeconds: number
  steppedUpAt: Date | null
}

/** Anyone who sends a request. */
export type Visitor = Proof<'Visitor', VisitorData>
export interface VisitorData {
  request: RequestInfo
  deviceToken: string | null
  /** Kind and token of the mailed link that was used in this browser lately (N13). */
  usedLink: string | null
  /** The language the visitor reads. */
  locale: string
}
/** Holds the cookie of an open sign-in attempt; the user comes from the attempt's row (S2). */
export type Claimant = Proof<'Claimant', VisitorData & { attemptHash: string }>

export interface SessionData extends VisitorData {
  session: SessionRecord
  person: Person
  home: MembershipView
}
/** Meets every requirement, or the session is older than it (P4). */
export type Assured = Proof<'Assured', SessionData>
/** Proved a factor again within the freshness time. */
export type SteppedUp = Assured & Proof<'SteppedUp', SessionData>

/** May make new recovery codes: stepped up, or freshly in by one (R2). */
export type CodeRenewer = Assured & Proof<'CodeRenewer', SessionData>

export type TenantScope = { tenant: MembershipView }
/** A team member of this tenant: sees the console's first page. */
export type TeamMember = Assured & Proof<'TeamMember', TenantScope>
export type TenantAdmin = Assured & Proof<'TenantAdmin', TenantScope>
export type SteppedUpAdmin = TenantAdmin & SteppedUp
/** Proved a factor within the shorter time that is asked of who takes something from somebody. */
export type FreshAdmin = SteppedUpAdmin & Proof<'FreshAdmin', TenantScope>
/** An owner or admin of a partner that is not suspended, who reaches whatever is below it. */
export type PartnerAdmin = TenantAdmin & Proof<'PartnerAdmin', TenantScope>
export type SteppedUpPartner = PartnerAdmin & SteppedUpAdmin
export type ClientScope = { tenant: { tenant: TenantView }; partner: MembershipView }
/** The same over one tenant below: `tenant` is that one, `partner` the one that it is reached from (S15). */
export type OverClient = Assured & Proof<'OverClient', ClientScope>
export type FreshOverClient = OverClient & Proof<'FreshOverClient', ClientScope>
/** Whoever may read how a tenant stands: an admin of its own, or of a partner above it. */
export type Overseer = TenantAdmin | OverClient
/**
 * What an owner or admin confirmed at the proof of its act, done by the worker in their name (X7); what they may is
 * read anew with each part.
 */
export type Confirmed = Proof<'Confirmed', TenantScope & { person: Person; request: RequestInfo; locale: string }>

/** A command on the server's own console. */
export type Operator = Proof<'Operator', { request: RequestInfo }>
