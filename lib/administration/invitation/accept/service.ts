import { about, by } from '../../../audit/rules'
import { recordEvent } from '../../../audit/service'
import { openAttempt, type Started } from '../../../authentication/signin/start/service'
import { hashToken, isToken } from '../../../core/crypto/token'
import { type DbOrTx, isUniqueViolation } from '../../../core/db'
import type { AnyDeps, Deps, TransactionDeps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import { findBrowser, rememberDevice } from '../../../credentials/device/service'
import { isAddressHeld } from '../../../credentials/link/service'
import { isShorterThan, minimumLength } from '../../../credentials/password/rules'
import { isPasswordStill } from '../../../credentials/password/service'
import { clientPrefix, DEAD_LINKS_PER_CLIENT } from '../../../credentials/throttle/rules'
import { takeSlot, throttleKey, type Wait } from '../../../credentials/throttle/service'
import type { Assured, Visitor } from '../../../identity/actor/types'
import { lockTenant, requiredOf } from '../../../identity/policy/service'
import { addMembership } from '../../../identity/user/membership/service'
import { effectivePolicy, mayUsePages, userTypeOf } from '../../../identity/user/rules'
import { lockPeople, personByEmail, personById } from '../../../identity/user/service'
import type { Role } from '../../../identity/user/types'
import { addUser, checkNewUser, type NewUserCode } from '../../new-user/service'
import { isStillGiven } from '../rules'
import { consumeInvitation, findFirstHash, findOpenInvitation } from '../store'
import type { OpenInvitation } from '../types'

type Dead = Result<never, 'link_dead'> | Result<never, 'throttled', Wait>

/** Whether who sent it may still give that role (R3, S8). */
async function isGood({ db, clock }: AnyDeps<'clock'>, invitation: OpenInvitation): Promise<boolean> {
  const { createdById, tenant } = invitation
  const sender = createdById === null ? null : ((await personById(db, createdById))?.person ?? null)
  return isStillGiven(invitation, tenant.id, sender, clock.now())
}

interface Opened extends OpenInvitation {
  /** Of the link in hand: that of the mail, or of a reminder. */
  openedBy: string
}

/** What a link opens: that of the newest mail, or of a reminder of that mail; all of them end with it. */
async function openInvitationBy(db: DbOrTx, tokenHash: string, now: Date): Promise<OpenInvitation | null> {
  const row = await findOpenInvitation(db, tokenHash, now)
  if (row !== null) return row
  const first = await findFirstHash(db, tokenHash)
  return first === null ? null : findOpenInvitation(db, first, now)
}

/**
 * The link is spent, and every other of its invitation, while the tenant, who sent it and who takes it are held: the
 * sender may still give that role and the requirement is that of the moment until the transaction ends (S8). Null when
 * it is dead.
 */
async function spendHeld(
  deps: TransactionDeps<'clock'>,
  { id, tokenHash, tenant, role, createdById, openedBy }: Opened,
  taker: string | null,
): Promise<OpenInvitation | null> {
  await lockTenant(deps.db, tenant.id)
  await lockPeople(
    deps.db,
    [createdById, taker].filter((each) => each !== null),
  )
  const now = deps.clock.now()
  const row = await openInvitationBy(deps.db, openedBy, now)
  if (row === null || row.tokenHash !== tokenHash || row.createdById !== createdById || row.role !== role) return null
  if (!(await isGood(deps, row))) return null
  return (await consumeInvitation(deps.db, { id, tokenHash, role, createdById }, now)) ? row : null
}

/** Looks and consumes nothing (R12); dead ones are counted per client network. */
async function findByToken(
  deps: Deps,
  visitor: Pick<Visitor, 'request'>,
  token: string,
): Promise<Result<Opened, never> | Dead> {
  const hash = isToken(token) ? hashToken('invitation', token) : ''
  const row = hash === '' ? null : await openInvitationBy(deps.db, hash, deps.clock.now())
  if (row !== null && (await isGood(deps, row))) return ok({ ...row, openedBy: hash })
  const key = throttleKey(deps, 'link', clientPrefix(visitor.request.address))
  const slot = await takeSlot(deps, key, DEAD_LINKS_PER_CLIENT)
  return slot.ok ? err('link_dead') : slot
}

export interface InvitationView {
  tenantId: string
  tenant: string
  email: string
  name: string
  role: Role
  minimum: number
  /** A second factor is set up in the same sitting: the password is the first of five steps. */
  enrols: boolean
  /** Whoever has an account already joins with it, and sets no password here. */
  hasAccount: boolean
}

export async function viewInvitation(
  deps: Deps,
  visitor: Visitor,
  token: string,
): Promise<Result<InvitationView, never> | Dead> {
  const found = await findByToken(deps, visitor, token)
  if (!found.ok) return found
  const { tenant, email, name, role } = found.value
  const hasAccount = (await personByEmail(deps.db, email)) !== null
  const enrols = await isRequired(deps.db, found.value)
  const minimum = await minimumOf(deps.db, found.value)
  return ok({ tenantId: tenant.id, tenant: tenant.name, email, name, role, minimum, enrols, hasAccount })
}

async function minimumOf(db: DbOrTx, invitation: OpenInvitation): Promise<number> {
  return minimumLength({ role: invitation.role, secondFactorEnforced: await isRequired(db, invitation) })
}

async function isRequired(db: DbOrTx, { role, tenant }: OpenInvitation): Promise<boolean> {
  return (await requiredOf(db, tenant.id))[userTypeOf(role)]
}

export interface Accepted {
  email: string
  deviceToken: string | null
  /** Null where something came in between: the password works at the sign-in page. */
  started: Started | null
}

/**
 * Spends the link on an account with the person's own password (R10). The browser is known (D5): the mailbox was just
 * opened in it. Then the sign-in goes on as one that gave this password in a known browser would: into the wizard where
 * a second factor is required, and to a session only where nothing more is asked for (S1).
 */
export async function acceptInvitation(
  deps: Deps,
  visitor: Visitor,
  token: string,
  password: string,
): Promise<Result<Accepted, Exclude<NewUserCode, 'address_taken'> | 'has_account'> | Dead> {
  const found = await findByToken(deps, visitor, token)
  if (!found.ok) return found
  const invitation = found.value
  const made = await makeAccount(deps, visitor, invitation, password)
  if (!made.ok) return made
  const { userId, deviceToken } = made.value
  const started = await goOn(deps, { ...visitor, deviceToken }, userId)
  return ok({ email: invitation.email, deviceToken, started })
}

/** The first step of a sign-in was taken here and now: the password, in a browser that is known. */
async function goOn(deps: Deps, visitor: Visitor, userId: string): Promise<Started | null> {
  const readAt = deps.clock.now()
  const person = (await personById(deps.db, userId))?.person
  if (person === undefined || !mayUsePages(person, deps.clock.now())) return null
  const opened = await openAttempt(
    deps,
    visitor,
    {
      person,
      browser: await findBrowser(deps, visitor, person, effectivePolicy(person)),
      readAt,
      row: { passwordProvedAt: readAt, invited: true },
      settle: (deps) => isPasswordStill(deps.db, person),
    },
    null,
  )
  return opened.ok ? opened.value : null
}

interface Made {
  userId: string
  deviceToken: string | null
}

async function makeAccount(
  deps: Deps,
  visitor: Visitor,
  invitation: Opened,
  password: string,
): Promise<Result<Made, Exclude<NewUserCode, 'address_taken'> | 'has_account' | 'link_dead'>> {
  const { tenant, email, role } = invitation
  if ((await personByEmail(deps.db, email)) !== null) return err('has_account')
  if (await isAddressHeld(deps, email, null)) return err('address_held')
  const checked = await checkNewUser(
    deps,
    { name: tenant.name, secondFactorEnforced: await isRequired(deps.db, invitation) },
    { email, name: invitation.name, role, password, locale: visitor.locale },
  )
  if (!checked.ok) return checked.code === 'address_taken' ? err('has_account') : err(checked.code)
  const user = checked.value
  try {
    return await transactResult(
      deps,
      async (deps): Promise<Result<Made, 'link_dead' | 'address_held' | 'password_too_short'>> => {
        const held = await spendHeld(deps, invitation, null)
        if (held === null) return err('link_dead')
        if (isShorterThan(password, await minimumOf(deps.db, held))) return err('password_too_short')
        const added = await addUser(deps, tenant.id, user)
        if (!added.ok) return added
        const known = { verified: true, trusted: false }
        const device = await rememberDevice(
          deps,
          { id: user.id, devicesVoidedAt: null, factorsVoided: false },
          visitor,
          known,
        )
        await recordEvent(deps, {
          tenantId: tenant.id,
          kind: 'invitation_accepted',
          actor: { kind: 'visitor' },
          subject: { id: user.id, name: user.name },
          request: visitor.request,
          data: { role },
        })
        return ok({ userId: user.id, deviceToken: device.token })
      },
    )
  } catch (error) {
    if (isUniqueViolation(error)) return err('has_account')
    throw error
  }
}

/** Somebody with an account elsewhere becomes a guest (U6); the link proves the mailbox, the session the person. */
export async function joinByInvitation(
  deps: Deps,
  actor: Assured,
  token: string,
): Promise<Result<null, 'not_permitted'> | Dead> {
  const found = await findByToken(deps, actor, token)
  if (!found.ok) return found
  const { tenant, email, role } = found.value
  const { person } = actor
  try {
    return await transactResult(deps, async (deps): Promise<Result<null, 'not_permitted' | 'link_dead'>> => {
      // By the email that they have under the lock: the link proves that mailbox and no other.
      const held = await spendHeld(deps, found.value, person.id)
      if ((await personById(deps.db, person.id))?.person.email !== email) return err('not_permitted')
      if (held === null) return err('link_dead')
      await addMembership(deps, person, { tenantId: tenant.id, role, userType: userTypeOf(role) })
      await recordEvent(deps, {
        kind: 'invitation_accepted',
        ...by(actor),
        ...about(person, tenant.id),
        data: { role },
      })
      return ok(null)
    })
  } catch (error) {
    if (isUniqueViolation(error)) return err('link_dead')
    throw error
  }
}
