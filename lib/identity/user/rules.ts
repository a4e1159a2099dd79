import { domainToUnicode } from 'node:url'
import { err, ok, type Result } from '../../core/kernel/result'
import { days, later } from '../../core/kernel/time'
import { containedAt, kindsMeet, latest, strictest, writeKinds } from '../policy/rules'
import type { FactorKind, TypePolicy } from '../policy/types'
import lookAlikes from './look-alikes.json' with { type: 'json' }
import type { MembershipView, Person, Role, UserType } from './types'

const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** RFC 5321 4.5.3.1, without the angle brackets of a path. */
const MAX_EMAIL_LENGTH = 254

/**
 * The one spelling of an address: NFKC, lower case, IDNA domain. Refuses what does not survive this, so that a
 * look-alike sign around the @ or in the domain never reaches another mailbox (S23).
 */
export function normaliseEmail(typed: string): Result<string, 'not_an_address'> {
  const trimmed = typed.trim()
  const folded = trimmed.normalize('NFKC').toLowerCase()
  const count = (text: string) => text.split('@').length - 1
  if (trimmed.length > MAX_EMAIL_LENGTH || count(trimmed) !== 1 || count(folded) !== 1) return err('not_an_address')
  const [local = '', domain = ''] = folded.split('@')
  if (local.length > 64 || !LOCAL_PART.test(local)) return err('not_an_address')
  const ascii = domainToAscii(domain)
  // Again, because IDNA makes a domain longer.
  if (ascii === null || `${local}@${ascii}`.length > MAX_EMAIL_LENGTH) return err('not_an_address')
  return ok(`${local}@${ascii}`)
}

function domainToAscii(domain: string): string | null {
  if (/[/\\:?#[\]%\s]/.test(domain) || !URL.canParse(`http://${domain}/`)) return null
  const host = new URL(`http://${domain}/`).hostname
  // Since version 24 Node lets a label through that is no Punycode; it then stands undecoded.
  if (/(^|\.)xn--/.test(domainToUnicode(host))) return null
  const labels = host.split('.')
  const isDomain = labels.length >= 2 && labels.every((label) => label.length <= 63 && LABEL.test(label))
  return isDomain && !/^\d+$/.test(labels.at(-1) ?? '') ? host : null
}

/** `a•••@e•••.com`: tells the reader which mailbox to open and a stranger next to nothing (ASVS 14.2.6). */
export function maskEmail(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  const dot = domain.lastIndexOf('.')
  return `${local.slice(0, 1)}•••@${domain.slice(0, 1)}•••${domain.slice(dot)}`
}

export function userTypeOf(role: Role): UserType {
  return role === 'end_user' ? 'end' : 'team'
}

const RANK: Readonly<Record<Role, number>> = { owner: 3, admin: 2, agent: 1, end_user: 0 }

export function isHigherRole(role: Role, than: Role): boolean {
  return RANK[role] > RANK[than]
}

export function isConsoleRole(role: Role): boolean {
  return role === 'owner' || role === 'admin'
}

/** Neither the membership nor its tenant is suspended. */
export function isLiveMembership({ suspended, tenant }: Pick<MembershipView, 'suspended' | 'tenant'>): boolean {
  return !suspended && tenant.suspended !== true
}

/** Whether a member reaches what is below the tenant: agents never do, and nobody of a partner that is suspended. */
export function reachesBelow(membership: Pick<MembershipView, 'role' | 'suspended' | 'tenant'>): boolean {
  return isConsoleRole(membership.role) && isLiveMembership(membership) && membership.tenant.kind === 'partner'
}

/**
 * What lists are served from, of a person's confirmed factors (one kind each) and unused saved codes. M6: at risk is
 * who is one lost phone away from lockout.
 */
export function enrolmentSummary(factors: readonly FactorKind[], codes: number) {
  return {
    factorKinds: writeKinds(factors),
    enrolled: factors.length > 0,
    atRisk: factors.length === 1 && codes === 0,
  }
}

const MAX_KEY_LENGTH = 200

/** Latin letters whose mark Unicode takes for a part of them, and how they are written without it. */
const UNMARKED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ð: 'd',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  ŧ: 't',
}
const MARKED = new RegExp(`[${Object.keys(UNMARKED).join('')}]`, 'g')

/** What lists sort and search by: case, width and the marks of Latin letters do not matter. */
export function searchKey(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(MARKED, (letter) => UNMARKED[letter] ?? letter)
  return plain.trim().replace(/\s+/g, ' ').slice(0, MAX_KEY_LENGTH)
}

/** An address, or its beginning, with a domain as people write it and not as mail servers do (IDNA). */
export function readableEmail(text: string): string {
  const at = text.lastIndexOf('@') + 1
  const domain = text.slice(at)
  if (at === 0 || !/(^|\.)xn--/i.test(domain)) return text
  return `${text.slice(0, at)}${domainToUnicode(domain) || domain}`
}

/** The same with the last word in front, for those who look for a surname. */
export function surnameKey(name: string): string {
  const words = searchKey(name).split(' ')
  return [...words.slice(-1), ...words.slice(0, -1)].join(' ')
}

const PROTOTYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(lookAlikes.prototypes).flatMap(([prototype, letters]) =>
    [...letters].map((letter): [string, string] => [letter, prototype]),
  ),
)

/**
 * The same for names that look alike: each letter as the one that it looks like (UTS 39, skeleton). Two names with one
 * of it and different search keys differ by look-alike letters alone.
 */
export function lookKey(name: string): string {
  const letters = [...name.normalize('NFD')].map((letter) => PROTOTYPES.get(letter) ?? letter)
  // Never empty, which is what no key was made of yet.
  return searchKey(letters.join('')) || '-'
}

/** What a membership is found by through the name. */
export function nameKeys(name: string): { nameKey: string; surnameKey: string; lookKey: string } {
  return { nameKey: searchKey(name), surnameKey: surnameKey(name), lookKey: lookKey(name) }
}

/** What it is found by through the address. */
export function emailKey(email: string): string {
  return searchKey(readableEmail(email))
}

/** What a person is asked for, over all memberships and by their own choice. */
export interface EffectivePolicy extends TypePolicy {
  /** 2FA is in force: the requirement covers them or they turned it on for themself (U4). */
  inForce: boolean
}

/** The one computation of what is in force for somebody and which kinds they may use (U4, U6, P7). */
export function effectivePolicy({
  tenantId,
  twoFactorOn,
  memberships,
}: {
  tenantId: string
  twoFactorOn: boolean
  memberships: readonly { tenant: { id: string }; policy: TypePolicy }[]
}): EffectivePolicy {
  const home = memberships.find(({ tenant }) => tenant.id === tenantId)
  const hosts = memberships.filter((each) => each !== home)
  const policy = strictest([...(home === undefined ? [] : [home]), ...hosts].map((each) => each.policy))
  // Sessions are the home tenant's to end (U6); a host shuts its own console to those that are older than its mark.
  return { ...policy, sessionsVoidedAt: home?.policy.sessionsVoidedAt ?? null, inForce: policy.required || twoFactorOn }
}

/**
 * Kinds that may be set up now: of the allowed ones what can be delivered, the mailbox only while it counts (E1, S20,
 * R11).
 */
export function kindsToSetUp(
  allowed: readonly FactorKind[],
  deliverable: readonly FactorKind[],
  mailbox: boolean,
): FactorKind[] {
  return deliverable.filter((kind) => allowed.includes(kind) && (kind !== 'email' || mailbox))
}

/** A host that no factor of this person's sign-ins satisfies: it asks on pages of its own, and sign-ins do not (U6). */
export function asksApart(
  person: Pick<Person, 'tenantId' | 'twoFactorOn' | 'memberships'>,
  { tenant, policy }: Pick<MembershipView, 'tenant' | 'policy'>,
): boolean {
  const { inForce, kinds } = effectivePolicy(person)
  return inForce && tenant.id !== person.tenantId && !kindsMeet(kinds, policy.kinds)
}

/** How long an address that somebody else gave proves nothing (R11). */
export const GIVEN_ADDRESS_DAYS = 7

/** For seven days an address that somebody else gave proves nothing for R9 and E9 (R11); until when, or null. */
export function addressNewUntil({ addressGivenAt }: Pick<Person, 'addressGivenAt'>, now: Date): Date | null {
  const until = addressGivenAt === null ? null : later(addressGivenAt, days(GIVEN_ADDRESS_DAYS))
  return until !== null && now < until ? until : null
}

type Mailbox = Pick<Person, 'passwordResetByMailAt' | 'addressGivenAt'>

/**
 * Why a passcode by mail is no second factor now: since the password came by mail, which no time ends (S20), or since
 * the address is too new, until then (R11). Null where it may be one.
 */
export function mailWithheld(person: Mailbox, now: Date): { until: Date | null } | null {
  if (person.passwordResetByMailAt !== null) return { until: null }
  const until = addressNewUntil(person, now)
  return until === null ? null : { until }
}

/** Whether a passcode by mail can be a second factor now (S20, R11). */
export function mailboxCounts(person: Mailbox, now: Date): boolean {
  return mailWithheld(person, now) === null
}

export function homeOf(person: Person): MembershipView | null {
  return person.memberships.find((membership) => membership.tenant.id === person.tenantId) ?? null
}

/** The home tenant is suspended: who proves to be of it is told so, and goes no further. */
export function isShutOut(person: Person): boolean {
  return homeOf(person)?.tenant.suspended === true
}

/** Outside 2FA and without any page, until its time ends by itself (U8). */
export function isService({ kind, serviceUntil }: Pick<Person, 'kind' | 'serviceUntil'>, now: Date): boolean {
  return kind === 'service' && (serviceUntil === null || serviceUntil > now)
}

/** Suspended, without a home membership, or not a person now: no page and no sign-in (S8, U8). */
export function mayUsePages(person: Person, now: Date): boolean {
  const home = homeOf(person)
  return !isService(person, now) && !person.suspended && home !== null && !home.suspended
}

/**
 * The role that somebody acts by in a tenant now (S8); null for whoever may not: suspended, there or at home, or of
 * one that is, or not of it.
 */
export function roleIn(person: Person, tenantId: string, now: Date): Role | null {
  const membership = person.memberships.find(({ tenant }) => tenant.id === tenantId)
  if (membership === undefined || !isLiveMembership(membership)) return null
  return mayUsePages(person, now) && !isShutOut(person) ? membership.role : null
}

/** ASVS 6.1.2, 6.2.11. */
export function contextWords(person: { name: string; email: string }, tenantName: string): string[] {
  return [person.email, ...person.email.split(/[@.+_-]/), ...person.name.split(/\s+/), person.name, tenantName]
}

/**
 * Whether what somebody confirmed goes on without them: whatever ended their sign-ins as a whole since then ends it too
 * (SE4), or whoever held one of those would go on through what they set going.
 */
export function standsByThem(
  { devicesVoidedAt }: Pick<Person, 'devicesVoidedAt'>,
  { policy }: Pick<MembershipView, 'policy'>,
  confirmedAt: Date,
): boolean {
  const ended = latest(devicesVoidedAt, containedAt(policy))
  return ended === null || ended < confirmedAt
}
