import { recordEvent } from '../../audit/service'
import { INSTALLATION } from '../../audit/types'
import { transact } from '../../core/db'
import type { Deps } from '../../core/deps'
import type { Result } from '../../core/kernel/result'
import { endAllLinks } from '../../credentials/link/service'
import { endAllIssued } from '../../credentials/recovery/service'
import type { Operator } from '../../identity/actor/types'
import { dropWaiting } from '../../messaging/mail/outbox-service'
import { stopBulks } from '../bulk/stop/service'
import { stopImports } from '../import/stop/service'
import { passDueReminders } from '../invitation/remind/service'
import { signOutInstallation } from '../sessions/service'

/** That somebody took a copy of everything, keys included or not. */
export function noteBackup(deps: Deps, operator: Operator, keys: boolean): Promise<unknown> {
  return recordEvent(deps, {
    tenantId: INSTALLATION,
    kind: 'backup_made',
    actor: { kind: 'operator' },
    request: operator.request,
    data: { keys },
  })
}

export interface Settled {
  sessions: number
  codes: number
  messages: number
}

/**
 * What an earlier day held open and has been ended, used or sent since: sessions, attempts, known and trusted devices,
 * links to sign in or to change something, issued codes, messages that wait, reminders that fell due. All of it ends;
 * acts on many and files that were confirmed do not go on by themselves.
 */
export async function settleRestored(
  deps: Deps,
  operator: Operator,
  takenAt: Date,
): Promise<Result<Settled, 'changed_meanwhile'>> {
  const reason = `Restored from a backup of ${takenAt.toISOString()}`
  const out = await signOutInstallation(deps, operator, reason)
  if (!out.ok) return out
  const { sessions } = out.value
  return transact(deps, async (deps) => {
    await endAllLinks(deps)
    const codes = await endAllIssued(deps)
    const messages = await dropWaiting(deps)
    await passDueReminders(deps)
    await stopBulks(deps, operator)
    await stopImports(deps, operator)
    await recordEvent(deps, {
      tenantId: INSTALLATION,
      kind: 'backup_restored',
      actor: { kind: 'operator' },
      request: operator.request,
      data: { takenAt: takenAt.toISOString(), sessions, codes, messages },
    })
    return { ok: true, value: { sessions, codes, messages } }
  })
}
