import { toBase32 } from '../core/crypto/encoding'
import type { KeyRing } from '../core/crypto/keys'
import { seal, unseal } from '../core/crypto/seal'
import { ok } from '../core/kernel/result'
import type { Unfinished } from '../credentials/factor/connect/types'
import type { KindOfFactor } from '../credentials/factor/kinds/service'
import type { FactorRow } from '../credentials/factor/types'
import type { Person } from '../identity/user/types'

/**
 * A double of a kind that is still to come: an authenticator that signs with a counter, as WebAuthn has it, without the
 * cryptography. What is typed is `secret.counter`, and each counter is accepted once.
 */
export const passkeyDouble: KindOfFactor = {
  connection: {
    read: () =>
      ok((deps, { tenantId, id }, factorId) => {
        const secret = toBase32(deps.random(10))
        return { sealedKey: seal(deps.keys, deps.random, secret, binding(tenantId, id, factorId)) }
      }),
    // What the page would hand to the browser.
    view: (_deps, _person, _label, factor) => ({ kind: 'passkey', target: factor.id }) as unknown as Unfinished,
    match: (deps, person, factor, typed) => {
      const counter = counterOf(deps.keys, person, factor, typed)
      return counter === null ? null : { step: counter }
    },
  },
  proof: {
    channel: null,
    async judge(deps, { person, factors }, typed) {
      for (const factor of factors.filter(({ kind }) => kind === 'passkey')) {
        const counter = counterOf(deps.keys, person, factor, typed)
        if (counter === null || counter <= (factor.lastUsedStep ?? 0)) continue
        const where = { id: factor.id, revokedAt: null, lastUsedStep: { lt: counter } }
        return {
          verdict: 'right',
          found: { factorId: factor.id },
          async spend({ db, clock }) {
            const used = await db.factor.updateMany({
              where,
              data: { lastUsedStep: counter, lastUsedAt: clock.now() },
            })
            return used.count === 1
          },
        }
      }
      return { verdict: 'wrong' }
    },
  },
}

function binding(tenantId: string, userId: string, factorId: string): string[] {
  return ['passkey double', tenantId, userId, factorId]
}

/** What the authenticator would sign. */
export function signedBy(keys: KeyRing, owner: Pick<Person, 'id' | 'tenantId'>, factor: FactorRow, counter: number) {
  return `${unseal(keys, factor.sealedKey ?? '', binding(owner.tenantId, owner.id, factor.id))}.${counter}`
}

function counterOf(
  keys: KeyRing,
  owner: Pick<Person, 'id' | 'tenantId'>,
  factor: FactorRow,
  typed: string,
): number | null {
  const counter = Number(typed.split('.')[1])
  return Number.isSafeInteger(counter) && typed === signedBy(keys, owner, factor, counter) ? counter : null
}
