import type { Deps } from '../../../core/deps'
import { err, ok, type Result } from '../../../core/kernel/result'
import { transactResult } from '../../../core/transaction'
import { isConfirmed } from '../../../credentials/factor/rules'
import { factorsOf } from '../../../credentials/factor/service'
import { codesLeft, isCodeOpen, makeCodes, matchCode, replaceCodes } from '../../../credentials/recovery/service'
import type { Assured, CodeRenewer } from '../../../identity/actor/types'
import { keepCodes } from '../../../identity/user/service'
import { rotateToken } from '../../session/service'

/** How many unused codes are left, for the notice in every frame (R2); null without a factor. */
export async function codesLeftOf(deps: Deps, actor: Assured): Promise<number | null> {
  const factors = await factorsOf(deps.db, actor.person.id)
  return factors.some(isConfirmed) ? codesLeft(deps.db, actor.person.id) : null
}

export type RenewResult = Result<{ codes: string[]; number: number; token: string }, 'busy' | 'no_factor' | 'conflict'>

/** A new set (E6, R2); the old one dies. */
export async function renewOwnCodes(deps: Deps, actor: CodeRenewer): Promise<RenewResult> {
  const { person } = actor
  if (!(await factorsOf(deps.db, person.id)).some(isConfirmed)) return err('no_factor')
  const made = await makeCodes(deps, person.id)
  if (!made.ok) return made
  return transactResult(deps, async (deps): Promise<RenewResult> => {
    // The session may have ended while the codes were hashed.
    const token = await rotateToken(deps, actor.session, {})
    if (token === null) return err('conflict')
    await replaceCodes(deps, person, made.value, actor)
    return ok({ codes: made.value.codes, number: made.value.number, token })
  })
}

/** Types one of a set back that was made inside a session (E4). */
export async function typeOwnCodeBack(
  deps: Deps,
  actor: Assured,
  typed: string,
): Promise<Result<null, 'wrong' | 'busy'>> {
  const { person } = actor
  if (person.codeToTypeBack === null) return person.recoveryCodesAt === null ? err('wrong') : ok(null)
  const number = person.codeToTypeBack
  const match = await matchCode(deps, person.id, typed)
  if (!match.ok) return match
  const code = match.value
  if (code?.number !== number) return err('wrong')
  return transactResult(deps, async (deps): Promise<Result<null, 'wrong'>> => {
    const kept = await keepCodes(deps.db, person.id, number, deps.clock.now())
    return kept && (await isCodeOpen(deps.db, person.id, code.id)) ? ok(null) : err('wrong')
  })
}
