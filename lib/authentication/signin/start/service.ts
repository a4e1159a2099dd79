import { recordEvent } from '../../../audit/service'
import { type AuditEntry, INSTALLATION } from '../../../audit/types'
import { requirePepper } from '../../../core/crypto/password-hash'
import { hashToken, newToken } from '../../../core/crypto/token'
import type { Deps, TransactionDeps } from '../../../core/deps'
import { newId } from '../../../core/kernel/ids'
import { err, ok, type Result } from '../../../core/kernel/result'
import { later } from '../../../core/kernel/time'
import { transactResult } from '../../../core/transaction'
import { messageOf, sendMessage } from '../../../credentials/challenge/service'
import { type Browser, findBrowser } from '../../../credentials/device/service'
import { factorsOf } from '../../../credentials/factor/service'
import { laneOfLink } from '../../../credentials/link/service'
import { takeMessageSlot } from '../../../credentials/passcode/service'
import { isShorterThan, MINIMUM_ALONE } from '../../../credentials/password/rules'
import { isPasswordStill, rehashPassword, requireReadableHash } from '../../../credentials/password/service'
import { clientPrefix, PASSWORD_PER_ADDRESS, PASSWORD_PER_CLIENT } from '../../../credentials/throttle/rules'
import { giveBack, passwordCounter, takeSlots, throttleKey, type Wait } from '../../../credentials/throttle/service'
import type { Visitor } from '../../../identity/actor/types'
import { effectivePolicy, mayUsePages, normaliseEmail } from '../../../identity/user/rules'
import { lookUpByEmail } from '../../../identity/user/service'
import type { Person } from '../../../identity/user/types'
import { challengeOf, deviceMessage, endCopies, knownOf, noteThrottled, type SignedIn } from '../attempt/service'
import { insertAttempt } from '../attempt/store'
import { complete, holdForSignIn } from '../finish/service'
import { ATTEMPT_TTL, askedFactors, nextStep, safeReturnPath } from '../rules'
import type { AttemptRow, SignInState, Step } from '../types'

export type Started = { kind: 'attempt'; attemptToken: string; step: Step } | { kind: 'signed-in'; signedIn: SignedIn }
export type PasswordCode = 'wrong_credentials' | 'busy'

/**
 * An unknown address, a wrong password, a suspended person and one without a password cost the same look-ups and
 * one hash, and are one code (S13). Gives the token for the attempt cookie.
 */
export async function startWithPassword(
  deps: Deps,
  visitor: Visitor,
  input: { email: string; password: string; returnTo?: string },
): Promise<Result<Started, PasswordCode> | Result<never, 'throttled', Wait>> {
  const readAt = deps.clock.now()
  const email = normaliseEmail(input.email)
  const typed = email.ok ? email.value : input.email.slice(0, 320)
  const { found, unreadable, password: stored } = await lookUpByEmail(deps.db, email.ok ? email.value : '')
  const owner = found?.person ?? null
  // Before anything is counted: a right password would be called wrong (S28, N41).
  if (stored !== null) requirePepper(deps.keys, stored)
  requireReadableHash(owner?.id ?? unreadable?.places[0].id ?? '', stored)
  const browser = await findBrowser(deps, visitor, owner, owner === null ? null : effectivePolicy(owner))
  const link = await laneOfLink(deps, visitor, owner?.id ?? null)
  // A browser the person has signed in with has a budget of its own: a stranger's failures do not touch it; so has, for
  // an hour, one in which a mailed link was used (N13, S30). Only a verified one, or a link's, is spared the count of
  // its network, since anybody with the password can make the other kind.
  const own = passwordCounter(deps, typed, browser?.known ? browser.id : (link ?? browser?.id ?? null))
  const network = throttleKey(deps, 'client', clientPrefix(visitor.request.address))
  const slots = [{ key: own, limit: PASSWORD_PER_ADDRESS }]
  if (!browser?.known && link === null) slots.push({ key: network, limit: PASSWORD_PER_CLIENT })
  const keys = slots.map(({ key }) => key)
  const slot = await takeSlots(deps, slots)
  if (!slot.ok) {
    // Counted by what was typed, whoever that is or is not (S13); one letter of its digest bounds the entries.
    await noteThrottled(deps, visitorEvent(visitor, found?.person), visitor.request, own.slice(0, own.indexOf(':') + 2))
    return slot
  }
  const verified = await deps.hasher.verify(stored, input.password)
  if (!verified.ok) {
    await giveBack(deps.db, keys)
    return err('busy')
  }
  if (unreadable !== null && verified.value.right) {
    await giveBack(deps.db, keys)
    throw unreadable
  }
  if (!found?.password || !verified.value.right || !mayUsePages(found.person, deps.clock.now())) {
    await recordEvent(deps, { ...visitorEvent(visitor, found?.person), kind: 'sign_in_failed' })
    return err('wrong_credentials')
  }
  const { person, password } = found
  const opened = await openAttempt(
    deps,
    visitor,
    {
      person,
      browser,
      readAt,
      row: { passwordProvedAt: readAt, passwordShort: isShortFor(person, input.password) },
      settle: async (deps, completes) => {
        if (completes && !(await isPasswordStill(deps.db, person))) return false
        await giveBack(deps.db, keys)
        return true
      },
    },
    safeReturnPath(input.returnTo),
  )
  if (!opened.ok) {
    await recordEvent(deps, { ...visitorEvent(visitor, person), kind: 'sign_in_failed' })
    return err('wrong_credentials')
  }
  if (verified.value.outdated) await rehashPassword(deps, person.id, password.hash, input.password)
  return opened
}

/** Set in a role that allowed it, and too short for the one of now (R13). */
function isShortFor({ memberships }: Person, password: string): boolean {
  return memberships.some(({ userType }) => userType === 'team') && isShorterThan(password, MINIMUM_ALONE)
}

function visitorEvent(visitor: Visitor, person: Person | undefined): Omit<AuditEntry, 'kind'> {
  return {
    tenantId: person?.tenantId ?? INSTALLATION,
    actor: { kind: 'visitor' },
    ...(person ? { subject: { id: person.id, name: person.name } } : {}),
    request: visitor.request,
    data: { step: 'password' },
  }
}

/** The first step: the password, a mailed link in its place (U1), or a password that an invitation just set (R10). */
interface FirstProof {
  person: Person
  browser: Browser | null
  /** Before the person was read: a mark made since then is heeded, however long the hash took (SE4). */
  readAt: Date
  /** What the attempt's row says of it. */
  row: {
    passwordProvedAt: Date | null
    passwordShort?: boolean
    linkProvedAt?: Date
    mailProvedAt?: Date
    invited?: boolean
  }
  /** In the transaction of what it leads to; false when it no longer holds. */
  settle: (deps: TransactionDeps, completes: boolean) => Promise<boolean>
}

export async function openAttempt(
  deps: Deps,
  visitor: Visitor,
  first: FirstProof,
  returnTo: string | null,
): Promise<Result<Started, 'gone' | 'password_needed'>> {
  const { person, browser, readAt } = first
  const now = deps.clock.now()
  const token = newToken(deps.random)
  const row = {
    id: newId(now, deps.random),
    tokenHash: hashToken('attempt', token),
    userId: person.id,
    createdAt: readAt,
    expiresAt: later(now, ATTEMPT_TTL),
    ...first.row,
    returnTo,
    address: visitor.request.address,
    userAgent: visitor.request.userAgent,
  }
  const factors = effectivePolicy(person).inForce ? await factorsOf(deps.db, person.id) : []
  const state: SignInState = { attempt: { ...NO_PROOFS, ...row }, person, factors, knownDevice: knownOf(browser) }
  const step = nextStep(state, now)
  if (step === 'password-needed') return err('password_needed')
  if (step === 'complete') {
    return transactResult(deps, async (deps): Promise<Result<Started, 'gone'>> => {
      if (!(await first.settle(deps, true))) return err('gone')
      await holdForSignIn(deps.db, state, now)
      await insertAttempt(deps.db, { ...row, completedAt: now })
      const signedIn = await complete(deps, visitor, state, { readAt, browser })
      return signedIn === null ? err('gone') : ok({ kind: 'signed-in' as const, signedIn })
    })
  }
  const chosen = step === 'verify-factor' ? askedFactors(state, deps.clock.now())[0] : undefined
  const challenge = challengeOf(visitor, state)
  const message =
    step === 'verify-device' ? deviceMessage(challenge) : chosen ? messageOf(deps, challenge, chosen, 'factor') : null
  const slot = message === null ? null : await takeMessageSlot(deps, person, message.channel, challenge.counters)
  return transactResult(deps, async (deps): Promise<Result<Started, 'gone'>> => {
    if (!(await first.settle(deps, false))) return err('gone')
    await endCopies(deps, visitor, person, browser)
    await insertAttempt(deps.db, chosen === undefined ? row : { ...row, chosenFactorId: chosen.id })
    // Without a slot the page says when a passcode can come, and what needs no mail (N7, S30).
    if (message !== null && slot?.ok === true) await sendMessage(deps, challenge, message)
    return ok({ kind: 'attempt', attemptToken: token, step })
  })
}

const NO_PROOFS: Omit<AttemptRow, 'id' | 'userId' | 'createdAt' | 'expiresAt' | 'passwordProvedAt' | 'returnTo'> = {
  linkProvedAt: null,
  mailProvedAt: null,
  factorProvedAt: null,
  factorId: null,
  chosenFactorId: null,
  trustWantedAt: null,
  clockHint: null,
  recoveryProvedAt: null,
  recoveryAnswer: null,
  enrollingFactorId: null,
  enrolledFactorId: null,
  failures: 0,
  putOffAt: null,
  passwordShort: false,
  invited: false,
  completedAt: null,
  endedAt: null,
}
