import { recordEvent } from '../../audit/service'
import { isUniqueViolation } from '../../core/db'
import type { Deps, TransactionDeps } from '../../core/deps'
import { newId } from '../../core/kernel/ids'
import { err, ok, type Result } from '../../core/kernel/result'
import { transactResult } from '../../core/transaction'
import { isAddressHeld } from '../../credentials/link/service'
import { minimumLength } from '../../credentials/password/rules'
import { checkNewPassword, type PasswordRefusalCode, setPassword } from '../../credentials/password/service'
import type { Operator } from '../../identity/actor/types'
import { requiredOf } from '../../identity/policy/service'
import type { TenantFacts } from '../../identity/tenant/service'
import { addPerson } from '../../identity/user/membership/service'
import { contextWords, emailKey, nameKeys, normaliseEmail, userTypeOf } from '../../identity/user/rules'
import type { Role } from '../../identity/user/types'

export type NewUserCode = 'not_an_address' | 'address_held' | 'address_taken' | PasswordRefusalCode | 'busy'

export interface NewUser {
  email: string
  name: string
  role: Role
  password: string
  locale: string | null
}

export interface CheckedUser {
  id: string
  email: string
  name: string
  role: Role
  hash: { hash: string; keyId: string }
  locale: string | null
}

/** Everything that can be refused or is slow, before the transaction: address, password rules, hash. */
export async function checkNewUser(
  deps: Deps,
  tenant: { name: string; secondFactorEnforced: boolean },
  input: NewUser,
): Promise<Result<CheckedUser, NewUserCode>> {
  const email = normaliseEmail(input.email)
  if (!email.ok) return email
  const checked = await checkNewPassword(deps, input.password, {
    minimum: minimumLength({ role: input.role, secondFactorEnforced: tenant.secondFactorEnforced }),
    context: contextWords({ name: input.name, email: email.value }, tenant.name),
  })
  if (!checked.ok) return checked
  const hash = await deps.hasher.hash(checked.value)
  if (!hash.ok) return hash
  return ok({
    id: newId(deps.clock.now(), deps.random),
    email: email.value,
    name: input.name.normalize('NFC').trim(),
    role: input.role,
    hash: hash.value,
    locale: input.locale,
  })
}

/** Writes the person down; an email that somebody may still take back is nobody's (R11), by whichever door. */
export async function addUser(
  deps: TransactionDeps,
  tenantId: string,
  user: CheckedUser,
): Promise<Result<null, 'address_held'>> {
  const now = deps.clock.now()
  await addPerson(deps.db, {
    user: { id: user.id, tenantId, email: user.email, name: user.name, locale: user.locale, createdAt: now },
    membership: {
      id: newId(now, deps.random),
      tenantId,
      userId: user.id,
      role: user.role,
      userType: userTypeOf(user.role),
      ...nameKeys(user.name),
      emailKey: emailKey(user.email),
      createdAt: now,
    },
  })
  await setPassword(deps, user.id, user.hash)
  // After the write, which waited for whoever was leaving this email.
  return (await isAddressHeld(deps, user.email, null)) ? err('address_held') : ok(null)
}

/** `users create`: an operator adds a person with a password; nobody is mailed. */
export async function createUser(
  deps: Deps,
  operator: Operator,
  tenant: Pick<TenantFacts, 'id' | 'name'>,
  input: NewUser,
): Promise<Result<{ id: string; email: string }, NewUserCode>> {
  const enforced = (await requiredOf(deps.db, tenant.id))[userTypeOf(input.role)]
  const checked = await checkNewUser(deps, { name: tenant.name, secondFactorEnforced: enforced }, input)
  if (!checked.ok) return checked
  const user = checked.value
  try {
    return await transactResult(deps, async (deps): Promise<Result<{ id: string; email: string }, 'address_held'>> => {
      const added = await addUser(deps, tenant.id, user)
      if (!added.ok) return added
      await recordEvent(deps, {
        tenantId: tenant.id,
        kind: 'user_created',
        actor: { kind: 'operator' },
        subject: { id: user.id, name: user.name },
        request: operator.request,
        data: { role: user.role },
      })
      return ok({ id: user.id, email: user.email })
    })
  } catch (error) {
    if (isUniqueViolation(error)) return err('address_taken')
    throw error
  }
}
