import { about } from '../../audit/rules'
import { recordEvent } from '../../audit/service'
import { headTrouble, resignCheckpoint, resignHead } from '../../audit/signing/service'
import { type Head, INSTALLATION } from '../../audit/types'
import { endSessionsOf } from '../../authentication/session/service'
import { endOpenAttempts } from '../../authentication/signin/attempt/service'
import { unseal } from '../../core/crypto/seal'
import { nextTurn, transact } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { compareRing, forgetKey, keepCheckValue, keysInUse, noteCurrentKey } from '../../core/ring/service'
import type { UnreadableKey } from '../../core/ring/types'
import { isConfirmed } from '../../credentials/factor/rules'
import { endFactorsUnder, factorsOf } from '../../credentials/factor/service'
import { keyBinding } from '../../credentials/factor/totp/rules'
import { endLinks, makeNoticeLink } from '../../credentials/link/service'
import { endPasswordUnder } from '../../credentials/password/service'
import { endCodes, endCodesUnder } from '../../credentials/recovery/service'
import { followFactors } from '../../identity/user/membership/service'
import { homeOf } from '../../identity/user/rules'
import { lockPerson, noteReset, personById } from '../../identity/user/service'
import { enqueueMail } from '../../messaging/mail/outbox-service'
import { readerOf } from '../../messaging/mail/rules'
import { refuseRowsUnder } from '../import/work/service'
import { isNothing } from './rules'
import { countUnder, listCheckpointsUnder, listHeadsUnder, listPeopleUnder, listSealedUnder } from './store'
import type { GivenUp, LostKey } from './types'

type ReadDeps = Pick<Deps, 'db' | 'keys'>

const OPERATOR = { actor: { kind: 'operator' } } as const
const SAMPLES = 3
const PEOPLE_AT_ONCE = 100
const HEADS_AT_ONCE = 100

/**
 * For each start and each command, before anything is written (S28). Of keys from before the table, a start tells the
 * bytes for the first time, by what is stored under them.
 */
export async function findLostKeys(deps: ReadDeps): Promise<LostKey[]> {
  const unreadable: UnreadableKey[] = [...(await compareRing(deps))]
  for (const { keyId, checkValue } of await keysInUse(deps)) {
    if (checkValue !== null || !deps.keys.has(keyId)) continue
    if (await opens(deps, keyId)) await keepCheckValue(deps, keyId)
    else unreadable.push({ keyId, is: 'other' })
  }
  const lost: LostKey[] = []
  for (const each of unreadable) {
    const under = await countUnder(deps.db, each.keyId)
    // Made current once, and taken out again before anything lasting was under it.
    if (isNothing(under)) await forgetKey(deps, each.keyId)
    else lost.push({ ...each, under })
  }
  return lost
}

/** Whether anything under the key can be read, or there is nothing that could tell: a hash alone says nothing. */
async function opens(deps: ReadDeps, keyId: string): Promise<boolean> {
  const heads = await listHeadsUnder(deps.db, keyId, '', SAMPLES)
  const sealed = await listSealedUnder(deps.db, keyId, SAMPLES)
  if (heads.length + sealed.length === 0) return true
  return (
    heads.some((head) => headTrouble(deps, head) === null) ||
    sealed.some(
      ({ id, userId, sealedKey, user }) =>
        unseal(deps.keys, sealedKey ?? '', keyBinding(user.tenantId, userId, id)) !== null,
    )
  )
}

/**
 * By the word of whoever starts the server: the key is lost for good (S28). What was under it is ended for each person
 * as by an admin's reset, so that nothing is called wrong that is right; the audit chains go on from where they are,
 * and say up to which entry the lost key vouched for them. Interrupted, the next start with the same word goes on.
 */
export async function goOnWithoutKey(deps: Deps, keyId: string): Promise<GivenUp> {
  const given: GivenUp = { passwords: 0, factors: 0, codes: 0, reset: 0 }
  for (;;) {
    const people = await listPeopleUnder(deps.db, keyId, PEOPLE_AT_ONCE)
    if (people.length === 0) break
    await transact(deps, async (deps) => {
      for (const userId of people) await endWhatIsUnder(deps, userId, keyId, given)
    })
    await nextTurn()
  }
  await transact(deps, (deps) => refuseRowsUnder(deps, keyId))
  for (let after: string | undefined = ''; after !== undefined; ) {
    const heads: Head[] = await listHeadsUnder(deps.db, keyId, after, HEADS_AT_ONCE)
    after = heads.at(-1)?.tenantId
    await transact(deps, async (deps) => {
      for (const head of heads) {
        await resignHead(deps, head)
        const { tenantId, seq, hash } = head
        await recordEvent(deps, { tenantId, kind: 'key_given_up', ...OPERATOR, data: { key: keyId, seq, hash } })
      }
    })
  }
  for (let after: string | undefined = ''; after !== undefined; ) {
    const under: { tenantId: string; keyId: string }[] = await listCheckpointsUnder(
      deps.db,
      keyId,
      after,
      HEADS_AT_ONCE,
    )
    after = under.at(-1)?.tenantId
    await transact(deps, async (deps) => {
      for (const each of under) await resignCheckpoint(deps, each)
    })
  }
  await transact(deps, async (deps) => {
    await forgetKey(deps, keyId)
    await noteCurrentKey(deps)
    await recordEvent(deps, {
      tenantId: INSTALLATION,
      kind: 'key_given_up',
      ...OPERATOR,
      data: { key: keyId, ...given },
    })
  })
  return given
}

async function endWhatIsUnder(deps: TransactionDeps, userId: string, keyId: string, given: GivenUp): Promise<void> {
  await lockPerson(deps.db, userId)
  const person = (await personById(deps.db, userId))?.person
  if (person === undefined) return
  if (await endPasswordUnder(deps.db, userId, keyId)) given.passwords += 1
  const kinds = await endFactorsUnder(deps, person, keyId, OPERATOR)
  if (kinds.length > 0) given.factors += 1
  given.codes += await endCodesUnder(deps, userId, keyId)
  if (kinds.length === 0 || (await factorsOf(deps.db, userId)).some(isConfirmed)) {
    await followFactors(deps.db, userId, deps.clock.now())
    return
  }
  // Never from the password alone to a new factor (S6).
  await endCodes(deps, userId)
  await noteReset(deps.db, person, deps.clock.now())
  const ended = await endSessionsOf(deps, userId, {})
  await endOpenAttempts(deps, userId)
  await endLinks(deps, userId, ['magic', 'address'])
  given.reset += 1
  await recordEvent(deps, {
    kind: 'factors_reset',
    ...OPERATOR,
    ...about(person),
    data: { reason: 'key_lost', kinds: kinds.join(' '), ended },
  })
  // In the name of their company: whoever starts the server has none here.
  const by = homeOf(person)?.tenant.name ?? ''
  const link = await makeNoticeLink(deps, 'stop', person)
  await enqueueMail(deps, { ...readerOf(person, null), template: 'factors_reset', values: { by, link } })
}
