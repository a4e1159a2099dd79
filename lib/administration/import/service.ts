import { recordEvent, recordEvents } from '../../audit/service'
import type { AuditActor, AuditEntry } from '../../audit/types'
import { IMPORTED } from '../../core/crypto/imported-hash'
import { isUniqueViolation } from '../../core/db'
import type { AnyDeps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import type { RequestInfo } from '../../core/kernel/request'
import { addBroughtApps } from '../../credentials/factor/totp/service'
import { addPasswords } from '../../credentials/password/service'
import { addBroughtCodes, makeBroughtCodes, type NewCodes } from '../../credentials/recovery/service'
import { showTwoFactor } from '../../identity/policy/service'
import { addPeople, type Brought } from '../../identity/user/membership/service'
import { emailKey, nameKeys, userTypeOf } from '../../identity/user/rules'
import type { Role } from '../../identity/user/types'
import { enqueueMails } from '../../messaging/mail/outbox-service'
import type { MailOrder } from '../../messaging/mail/types'
import { addInvitations, endInvitations, invitedAmong, sendIn } from '../invitation/service'
import { invitationTerms } from '../invitation/terms/service'
import { rowOutcomeOf } from './rules'
import { listHeld, listTaken, type NewPerson } from './store'
import type { Counts, ImportedPerson, ReadRow, RowOutcome } from './types'
import type { Changer } from './update/rules'
import { type ChangedBy, changePeople, thereAmong } from './update/service'

export type AppName = (locale: string) => string

/** Into which tenant, in whose name, and up to which role. */
export interface Scope {
  tenant: { id: string; name: string }
  actor: AuditActor
  request: RequestInfo
  locale: string
  /** What an authenticator app of another system is called at first, in a language. */
  appName: AppName
  invite: boolean
  /** Whether people who are suspended in the other system come as well. */
  suspended: boolean
  /** Whether an owner brings them in, at a fresh proof: passwords of another system come along then. */
  secrets: boolean
  mayGive: (role: Role) => boolean
  /** Whether people who are there become what the file says. */
  update: boolean
  /** By whose role that is judged; null when they may do nothing here any more. */
  changer: Changer | null
  /** In whose name it is done; null while it is only looked at. */
  changedBy: ChangedBy | null
}

export async function judge(deps: AnyDeps<'clock'>, scope: Scope, rows: readonly ReadRow[]) {
  const speaks = (row: ReadRow) => 'person' in row || row.said !== undefined || row.waiting !== undefined
  const emails = rows.flatMap((row) => (speaks(row) ? row.email : []))
  const tenantId = scope.tenant.id
  const taken = new Map((await listTaken(deps.db, emails)).map(({ email, tenantIds }) => [email, tenantIds]))
  const held = new Set(await listHeld(deps.db, emails, deps.clock.now()))
  const invited = await invitedAmong(deps.db, tenantId, emails)
  const there = await thereAmong(deps, tenantId, rows)
  const outcomes = rows.map((row) => {
    const invitation = invited.get(row.email)
    return rowOutcomeOf(row, {
      tenantId,
      taken: taken.get(row.email) ?? null,
      there: there.get(row.email) ?? null,
      update: scope.update,
      changer: scope.changer,
      held: held.has(row.email),
      invited: invitation === undefined ? null : { sent: invitation.sent, role: invitation.row.role },
      invite: scope.invite,
      suspended: scope.suspended,
      secrets: scope.secrets,
      mayGive: scope.mayGive,
    })
  })
  return { outcomes, invited, there }
}

/**
 * Brings in a batch, judged by what is so at that moment (X8): accounts, invitations, counters (P9) and the log (S14).
 */
export async function bringInRows(
  deps: TransactionDeps,
  scope: Scope,
  rows: readonly ReadRow[],
  prepared: Prepared,
): Promise<readonly RowOutcome[]> {
  const { outcomes: judged, invited, there } = await judge(deps, scope, rows)
  const doing = { tenantId: scope.tenant.id, changedBy: scope.changedBy }
  const outcomes = await changePeople(deps, doing, rows, judged, there)
  const people = (wanted: RowOutcome['outcome']) =>
    rows.flatMap((row, index) => (outcomes[index]?.outcome === wanted && !('problem' in row) ? row.person : []))
  const added = people('added')
  const made = added.map((person) => newPerson(deps, scope.tenant.id, person, prepared))
  if (made.length > 0) {
    await addPeople(
      deps.db,
      scope.tenant.id,
      made.map((each) => ({ ...each, brought: broughtBy(each, prepared) })),
    )
    await addPasswords(
      deps.db,
      made.map(({ password }) => password),
    )
  }
  await addSecondFactors(deps, scope, made, prepared)
  // Whoever has an account with what another system knew of them is told by whom, before anybody uses it.
  await enqueueMails(
    deps,
    made.map((each) => newsOfAccount(scope, each)),
  )
  const ended = added.flatMap(({ email }) => invited.get(email)?.row ?? [])
  if (ended.length > 0) {
    const ids = ended.map(({ id }) => id)
    await endInvitations(deps.db, scope.tenant.id, ids)
  }
  const toInvite = people('invited')
  const fresh = toInvite
    .filter(({ email }) => !invited.has(email))
    .map((person) => ({ ...person, locale: person.locale ?? scope.locale }))
  const invitations = [
    ...(await addInvitations(deps, scope.tenant.id, fresh, scope.actor.id ?? null)),
    ...toInvite.flatMap(({ email }) => invited.get(email)?.row ?? []),
  ]
  if (scope.invite) {
    const { id: tenantId, name: tenantName } = scope.tenant
    const from = { tenantId, tenantName, by: scope.actor.name ?? tenantName, id: scope.actor.id ?? null }
    const terms = await invitationTerms(deps, tenantId)
    for (const row of invitations) await sendIn(deps, from, row, terms)
  }
  const event = (kind: AuditEntry['kind'], id: string, name: string, role: Role, more: object = {}): AuditEntry => ({
    tenantId: scope.tenant.id,
    kind,
    actor: scope.actor,
    subject: { id, name },
    request: scope.request,
    data: { role, imported: true, ...more },
  })
  const events = [
    ...made.map(({ user, membership, app, codes }) =>
      event('user_created', user.id, user.name, membership.role, {
        ...(app === null ? {} : { kinds: 'totp', codes: codes.length }),
      }),
    ),
    ...ended.map(({ id, email, role }) => event('invitation_withdrawn', id, email, role)),
    ...invitations.map(({ id, email, role }) => event('user_invited', id, email, role)),
  ]
  if (events.length > 0) await recordEvents(deps, events)
  return outcomes
}

/** Codes of those who bring any, hashed, and the ids that they are hashed for; by the address. */
export type Prepared = ReadonlyMap<string, { userId: string; codes: NewCodes['rows'] }>

/** Before the transaction, since hashing is slow; with whoever may bring none nothing is prepared. */
export async function prepareRows(deps: AnyDeps, scope: Scope, rows: readonly ReadRow[]): Promise<Prepared> {
  const prepared = new Map<string, { userId: string; codes: NewCodes['rows'] }>()
  if (!scope.secrets) return prepared
  for (const row of rows) {
    if ('problem' in row || row.person.codes.length === 0) continue
    const userId = newId(deps.clock.now(), deps.random)
    const codes = await makeBroughtCodes(deps, userId, row.person.codes)
    if (!codes.ok) throw new Error('no turn to hash recovery codes')
    prepared.set(row.email, { userId, codes: codes.value })
  }
  return prepared
}

/** What was a second factor where it comes from is one here, at the next sign-in (S6). */
async function addSecondFactors(
  deps: TransactionDeps,
  scope: Scope,
  made: readonly Made[],
  prepared: Prepared,
): Promise<void> {
  const apps = made.flatMap(({ user, app }) =>
    app === null ? [] : [{ person: user, name: scope.appName(user.locale ?? scope.locale), app }],
  )
  if (apps.length === 0) return
  await addBroughtApps(deps, apps)
  await showTwoFactor(deps.db, scope.tenant.id)
  const codes = apps.flatMap(({ person }) => prepared.get(person.email)?.codes ?? [])
  if (codes.length > 0) await addBroughtCodes(deps, codes)
}

function broughtBy({ user, app }: Made, prepared: Prepared): Brought | null {
  return app === null ? null : { kinds: ['totp'], codes: prepared.get(user.email)?.codes.length ?? 0 }
}

function newsOfAccount(scope: Scope, { user, app }: Made): MailOrder {
  return {
    template: app === null ? 'account_brought' : 'account_brought_app',
    values: { by: scope.actor.name ?? scope.tenant.name, tenant: scope.tenant.name },
    to: user.email,
    userId: user.id,
    tenantId: scope.tenant.id,
    locale: user.locale ?? scope.locale,
  }
}

type Made = NewPerson & Pick<ImportedPerson, 'app' | 'codes'>

function newPerson(
  deps: AnyDeps,
  tenantId: string,
  { email, name, role, locale, hash, app, codes }: ImportedPerson,
  prepared: Prepared,
): Made {
  const now = deps.clock.now()
  const id = prepared.get(email)?.userId ?? newId(now, deps.random)
  return {
    app,
    codes,
    user: { id, tenantId, email, name, locale, createdAt: now },
    membership: {
      id: newId(now, deps.random),
      tenantId,
      userId: id,
      role,
      userType: userTypeOf(role),
      ...nameKeys(name),
      emailKey: emailKey(email),
      createdAt: now,
    },
    password: { userId: id, hash: hash ?? '', pepperKeyId: IMPORTED, setAt: now },
  }
}

/** An address that somebody took between the look and the write: the batch is judged again. */
export async function againWhenOvertaken<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isUniqueViolation(error) || tries >= 3) throw error
    }
  }
}

/** Its numbers, among them how many apps and codes of another system came along. */
export function noteImport(
  deps: AnyDeps,
  scope: Scope,
  counts: Counts,
  brought: { apps: number; codes: number },
): Promise<void> {
  return recordEvent(deps, {
    tenantId: scope.tenant.id,
    kind: 'users_imported',
    actor: scope.actor,
    request: scope.request,
    data: { ...counts, ...brought },
  })
}
