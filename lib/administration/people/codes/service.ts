import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { approveRequests } from '../../../authentication/reset/service'
import { endSessionsOf } from '../../../authentication/session/service'
import { endOpenAttempts } from '../../../authentication/signin/attempt/service'
import type { Tx } from '../../../core/db'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { resetFactors } from '../../../credentials/factor/service'
import { tellByText } from '../../../credentials/factor/sms/service'
import { endLinks, makeNoticeLink } from '../../../credentials/link/service'
import { ISSUED_TTL } from '../../../credentials/recovery/rules'
import { endCodes, keepIssued, makeIssued } from '../../../credentials/recovery/service'
import { factorCounters, resetFactorCounters, type Wait } from '../../../credentials/throttle/service'
import type { FreshAdmin, Operator } from '../../../identity/actor/types'
import { issuesCodesForEndUsers, lockTenant } from '../../../identity/policy/service'
import { homeOf, normaliseEmail, roleIn } from '../../../identity/user/rules'
import { lockPerson, managersOf, noteReset, personByEmail, personById } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { enqueueMail } from '../../../messaging/mail/outbox-service'
import { readerOf } from '../../../messaging/mail/rules'
import { type Confirmation, countReset, judgeOwner } from '../oversight/service'
import type { OwnerCode, OwnerProof } from '../oversight/types'
import { takesIssuedCodes } from '../rules'
import { actOnPerson, lastDone, type Refused, type Target } from '../service'

export interface ResetOutcome {
  /** The code of "issue one as well", shown once (R5). */
  code: string | null
}

/**
 * Factors, saved and issued codes and trust are gone, sessions, open attempts and unfinished enrolments end, the
 * counters of guesses begin anew (R5, E9, N12); the person is told with a link that stops it. With `withCode` a
 * recovery code is issued as well.
 */
export async function resetTwoFactor(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  input: { reason: string; withCode: boolean; owner?: OwnerProof; lastDone?: string },
): Promise<
  | Result<ResetOutcome, Refused | 'busy' | 'codes_not_allowed' | 'done_meanwhile' | OwnerCode>
  | Result<never, 'throttled', Wait>
> {
  const confirmed = await judgeOwner(deps, actor, input.owner ?? NO_PROOF)
  if (!confirmed.ok) return confirmed
  const made = input.withCode ? await makeIssued(deps, userId) : null
  if (made !== null && !made.ok) return made
  const done = await actOnPerson(
    deps,
    actor,
    userId,
    made === null ? 'reset_2fa' : ['reset_2fa', 'issue_code'],
    async (deps, target): Promise<Result<ResetOutcome, 'codes_not_allowed' | 'done_meanwhile' | OwnerCode>> => {
      if (await isDoneMeanwhile(deps.db, target, input.lastDone)) return err('done_meanwhile')
      if (made !== null && !(await mayHoldIssued(deps, target))) return err('codes_not_allowed')
      const reset = await resetIn(deps, actor, target.person, input.reason, confirmed.value)
      if (!reset.ok) return reset
      if (made !== null) await issueIn(deps, actor, target.person, made.value.row, input.reason)
      return ok({ code: made?.value.code ?? null })
    },
  )
  // What was not used for a reset was no failure either.
  if (!done.ok && done.code !== 'owner_code_wrong') await confirmed.value?.giveBack(deps)
  return done
}

export const NO_PROOF: OwnerProof = { email: '', passcode: '' }

export async function resetIn(
  deps: TransactionDeps,
  actor: FreshAdmin,
  person: Person,
  reason: string,
  confirmation: Confirmation | null,
): Promise<Result<null, OwnerCode>> {
  const counted = await countReset(deps, actor, confirmation)
  if (!counted.ok) return counted
  // Asked for or not, a request that waits has its answer, and nothing is left to approve or to cancel (R6).
  if ((await approveRequests(deps, person.id, actor.person.id)) > 0) {
    await recordEvent(deps, {
      kind: 'reset_approved',
      ...by(actor),
      ...about(person, actor.tenant.tenant.id),
      data: { reason },
    })
  }
  await tellByText(deps, person, 'sms_factors_reset', actor.locale)
  const kinds = await resetFactors(deps, person, by(actor))
  await endCodes(deps, person.id)
  await noteReset(deps.db, person, deps.clock.now())
  const ended = await endSessionsOf(deps, person.id, {})
  await endOpenAttempts(deps, person.id)
  // A change of address that somebody began would lead the mail of E9 elsewhere.
  await endLinks(deps, person.id, ['magic', 'address'])
  await resetFactorCounters(deps.db, person.id, factorCounters(person.id, null))
  await recordEvent(deps, {
    kind: 'factors_reset',
    ...by(actor),
    ...about(person, actor.tenant.tenant.id),
    data: {
      reason,
      kinds: kinds.join(' '),
      ended,
      ...(counted.value === null ? {} : { confirmedBy: counted.value }),
    },
  })
  const link = await makeNoticeLink(deps, 'stop', person)
  const values = { by: actor.person.name, link }
  await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'factors_reset', values })
  return ok(null)
}

/**
 * The code is the value of this one result (R3, R4, S10); earlier issued ones die, the person and the other owners are
 * told.
 */
export async function issueCode(
  deps: Deps,
  actor: FreshAdmin,
  userId: string,
  reason: string,
  lastDone?: string,
): Promise<Result<{ code: string }, Refused | 'busy' | 'codes_not_allowed' | 'done_meanwhile'>> {
  const made = await makeIssued(deps, userId)
  if (!made.ok) return made
  return actOnPerson(
    deps,
    actor,
    userId,
    'issue_code',
    async (deps, target): Promise<Result<{ code: string }, 'codes_not_allowed' | 'done_meanwhile'>> => {
      if (await isDoneMeanwhile(deps.db, target, lastDone)) return err('done_meanwhile')
      if (!(await mayHoldIssued(deps, target))) return err('codes_not_allowed')
      await issueIn(deps, actor, target.person, made.value.row, reason)
      return ok({ code: made.value.code })
    },
  )
}

/** One reset and one code for each drawn form: of its repeats, and of two admins at once, one counts. */
async function isDoneMeanwhile(db: Tx, { person, membership }: Target, drawn: string | undefined): Promise<boolean> {
  return drawn !== undefined && drawn !== (await lastDone(db, { tenantId: membership.tenant.id, subjectId: person.id }))
}

/** Read under the tenant's lock: no code comes out once it was forbidden (R4, S8). */
export async function mayHoldIssued({ db }: TransactionDeps, { membership }: Target): Promise<boolean> {
  return takesIssuedCodes(membership.userType, await issuesCodesForEndUsers(db, membership.tenant.id))
}

async function issueIn(
  deps: TransactionDeps,
  actor: FreshAdmin,
  person: Person,
  row: Parameters<typeof keepIssued>[1],
  reason: string,
): Promise<void> {
  await keepIssued(deps, row, { issuedById: actor.person.id, reason })
  await recordEvent(deps, {
    kind: 'recovery_code_issued',
    ...by(actor),
    ...about(person, actor.tenant.tenant.id),
    data: { reason },
  })
  const link = await makeNoticeLink(deps, 'stop', person)
  const values = { by: actor.person.name, minutes: ISSUED_TTL / 60_000, link }
  await enqueueMail(deps, { ...readerOf(person, actor.locale), template: 'recovery_code_issued', values })
  await tellByText(deps, person, 'sms_code_issued', actor.locale)
  for (const owner of await managersOf(deps, actor.tenant.tenant.id, ['owner'])) {
    if (owner.userId === actor.person.id || owner.userId === person.id) continue
    await enqueueMail(deps, {
      ...owner.reader,
      locale: owner.reader.locale ?? actor.locale,
      template: 'recovery_code_issued_other',
      values: { by: actor.person.name, person: person.name, reason },
    })
  }
}

/** An issued code for an owner, by somebody with the server in hand (R8); every owner and admin is told. */
export async function breakGlass(
  deps: Deps,
  operator: Operator,
  input: { email: string; reason: string },
): Promise<Result<{ code: string; until: Date }, 'nobody' | 'not_an_owner' | 'busy'>> {
  const email = normaliseEmail(input.email)
  const found = email.ok ? await personByEmail(deps.db, email.value) : null
  if (found === null || homeOf(found.person) === null) return err('nobody')
  const { id: userId, tenantId } = found.person
  if (roleIn(found.person, tenantId, deps.clock.now()) !== 'owner') return err('not_an_owner')
  const made = await makeIssued(deps, userId)
  if (!made.ok) return made
  const { reason } = input
  const until = later(made.value.row.createdAt, ISSUED_TTL)
  return transactResult(deps, async (deps): Promise<Result<{ code: string; until: Date }, 'not_an_owner'>> => {
    await lockTenant(deps.db, tenantId)
    await lockPerson(deps.db, userId)
    // Somebody may have suspended or demoted them while the code was hashed.
    const person = (await personById(deps.db, userId))?.person
    if (person === undefined || roleIn(person, tenantId, deps.clock.now()) !== 'owner') return err('not_an_owner')
    await keepIssued(deps, made.value.row, { issuedById: null, reason })
    await recordEvent(deps, {
      kind: 'break_glass',
      actor: { kind: 'operator' },
      ...about(person),
      request: operator.request,
      data: { reason },
    })
    for (const { reader } of await managersOf(deps, tenantId)) {
      await enqueueMail(deps, { ...reader, template: 'break_glass', values: { person: person.name, reason } })
    }
    return ok({ code: made.value.code, until })
  })
}
