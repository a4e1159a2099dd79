import { workOnBulk } from '../administration/bulk/work/service'
import { bringIn } from '../administration/import/work/service'
import { remindInvited } from '../administration/invitation/remind/service'
import { tellOwnersOfResets } from '../administration/people/oversight/service'
import { sendReminders } from '../administration/reminder/work/service'
import { makeReports } from '../administration/report/service'
import { workOnVoid } from '../administration/turning-off/work/service'
import { type SealRefusal, sealEvents } from '../audit/chain/service'
import { pruneAudit } from '../audit/retention/service'
import type { Archive } from '../audit/retention/types'
import type { StoredEvent } from '../audit/types'
import { verifyChains } from '../audit/verification/service'
import { mailResetLink } from '../authentication/account/password/service'
import { tellOfWrongCodes } from '../authentication/signin/attempt/service'
import { mailSignInLink } from '../authentication/signin/link/service'
import { nextTurn } from '../core/db'
import type { Deps } from '../core/deps'
import { outageOf } from '../core/failure'
import { minutes, seconds } from '../core/kernel/time'
import { answerRequests } from '../credentials/link/service'
import type { DirectoryTransport } from '../messaging/mail/directory-transport'
import { deliverDue, type Undelivered } from '../messaging/mail/outbox-service'
import type { Mailer } from '../messaging/mail/types'
import type { SmsSender } from '../messaging/sms/types'
import { type WorkerStep, workOnChange } from './changes'
import { confirmed } from './confirmed'
import { cleanUp } from './service'

const MAIL_INTERVAL = seconds(1)
const SEAL_INTERVAL = seconds(2)
const IMPORT_INTERVAL = seconds(2)
const REPORT_INTERVAL = seconds(2)
const BULK_INTERVAL = seconds(1)
const VOID_INTERVAL = seconds(1)
const REMINDER_INTERVAL = seconds(5)
const RETAIN_INTERVAL = minutes(1)
const VERIFY_INTERVAL = minutes(1)
const CLEAN_INTERVAL = minutes(10)
/** What wakes the work of mail comes with each form that is sent: one look serves all that come within this time. */
const WAKE_INTERVAL = seconds(0.2)
/** Longest pause after failures, doubled from the ordinary one. */
const MAX_PAUSE = seconds(30)

const MAIL_BATCH = 50
const SEAL_BATCH = 500
/** A transaction may take ten seconds; what comes later than this is found by the wider look of each cleaning round. */
const SEAL_LOOK_BACK = minutes(1)

/** What was asked for by an address is looked up here, apart from the request that asked (S13, R9, U1). */
const ANSWERS = { reset: mailResetLink, magic: mailSignInLink } as const

export interface WorkerPorts {
  mailer: Mailer
  /** Absent where no gateway is configured. */
  sms?: SmsSender | null
  /** The transport whose files must go in time; absent with any other. */
  directory?: Pick<DirectoryTransport, 'removeOld'>
  /** Brings in files of people somewhere else than on this thread; gives whether there was any. */
  bringIn?(): Promise<boolean>
  /** Where entries of the audit log go before they are deleted; without it none is. */
  archive?: Archive
  /** Told of each audit event once, when it is sealed (M7); what it throws ends nothing. */
  audit?(event: StoredEvent): void
}

export type WorkerTask =
  | 'mail'
  | 'seal'
  | 'clean'
  | 'import'
  | 'report'
  | 'remind'
  | 'retain'
  | 'verify'
  | 'bulk'
  | 'void'

export interface WorkerOptions {
  /** Told of every failure; the worker goes on. What it throws is dropped. */
  onError(error: unknown, task: WorkerTask): void
}

export interface Worker {
  /** Sends what is due now instead of at the next round. */
  wake(): void
  /** Resolves when the steps under way are done; none begins after it. */
  stop(): Promise<void>
}

/** A message was not taken over by the transport; unless `final`, it is tried again by itself. */
export class MailUndelivered extends Error {
  override name = 'MailUndelivered'
  constructor(readonly undelivered: Undelivered) {
    const { id, template, reason, final } = undelivered
    super(`mail ${id} (${template}) was not sent: ${reason}${final ? '' : ', to be tried again'}`)
  }
}

/** The chain of a tenant does not go on: somebody changed the log, or a key is missing from the ring. */
export class ChainRefused extends Error {
  override name = 'ChainRefused'
  constructor(readonly refusal: SealRefusal) {
    super(`the audit chain of tenant ${refusal.tenantId} is not continued (${refusal.reason}): run audit verify`)
  }
}

/**
 * Sends mail, seals the audit log, deletes what of it is past its time, brings in people, makes reports, reminds
 * people, does what was confirmed for many, deletes what was turned off for a company, and cleans up until stopped. Any
 * number of instances may run it: leases and unique columns decide, never this process. The ten do not wait for each
 * other.
 */
export function startWorker(deps: Deps, ports: WorkerPorts, options: WorkerOptions): Worker {
  let stopped = false
  const refusedBefore = new Set<string>()

  const report = (error: unknown, task: WorkerTask) => {
    try {
      options.onError(error, task)
    } catch {
      // A broken log must not end the work.
    }
  }

  async function mail(): Promise<boolean> {
    await answerRequests(
      deps,
      (asked, take) => ANSWERS[asked.kind](deps, asked, take),
      () => stopped,
    )
    await tellOwnersOfResets(deps)
    const { sent, undelivered } = await deliverDue(deps, ports, MAIL_BATCH, () => stopped)
    for (const each of undelivered) report(new MailUndelivered(each), 'mail')
    await tellOfWrongCodes(deps, () => stopped)
    return sent + undelivered.length >= MAIL_BATCH
  }

  const tellSealed = (events: readonly StoredEvent[]) => {
    try {
      for (const event of events) ports.audit?.(event)
    } catch (error) {
      report(error, 'seal')
    }
  }

  async function seal(lookBack: number | undefined): Promise<boolean> {
    const { sealed, refused } = await sealEvents(deps, SEAL_BATCH, lookBack, tellSealed)
    const now = new Set(refused.map((each) => each.tenantId))
    for (const refusal of refused) {
      if (!refusedBefore.has(refusal.tenantId)) report(new ChainRefused(refusal), 'seal')
    }
    refusedBefore.clear()
    for (const tenantId of now) refusedBefore.add(tenantId)
    return sealed >= SEAL_BATCH
  }

  async function clean(): Promise<boolean> {
    await seal(undefined)
    await cleanUp(deps, () => stopped)
    await ports.directory?.removeOld(deps.clock.now())
    return false
  }

  async function remind(): Promise<boolean> {
    await remindInvited(deps, () => stopped)
    return sendReminders(deps, () => stopped)
  }

  const onChange = workOnChange(deps)
  const loop = (task: WorkerTask, pause: number, step: WorkerStep) =>
    startLoop(step, pause, (error) => report(error, task))
  const loops = [
    loop('mail', MAIL_INTERVAL, onChange(mail)),
    loop(
      'import',
      IMPORT_INTERVAL,
      onChange(async () => ports.bringIn?.() ?? bringIn(deps, () => stopped)),
    ),
    loop(
      'seal',
      SEAL_INTERVAL,
      onChange(() => seal(SEAL_LOOK_BACK)),
    ),
    loop(
      'report',
      REPORT_INTERVAL,
      onChange(() => makeReports(deps, () => stopped)),
    ),
    loop('remind', REMINDER_INTERVAL, onChange(remind)),
    loop(
      'retain',
      RETAIN_INTERVAL,
      async () => ports.archive !== undefined && pruneAudit(deps, ports.archive, () => stopped),
    ),
    loop('verify', VERIFY_INTERVAL, () => verifyChains(deps, () => stopped)),
    loop(
      'bulk',
      BULK_INTERVAL,
      onChange(() =>
        workOnBulk(
          deps,
          confirmed,
          () => stopped,
          (error) => outageOf(error) !== null,
        ),
      ),
    ),
    loop(
      'void',
      VOID_INTERVAL,
      onChange(() => workOnVoid(deps, () => stopped)),
    ),
    loop('clean', CLEAN_INTERVAL, clean),
  ] as const

  return {
    wake: () => loops[0].wake(),
    stop: async () => {
      stopped = true
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

/** Runs `step` again and again: at once while it says there is more, else after the pause or when woken. */
function startLoop(step: WorkerStep, pause: number, onError: (error: unknown) => void) {
  let stopped = false
  let woken = false
  let endPause: () => void = () => undefined
  let endRest: () => void = () => undefined

  function wait(milliseconds: number, enders: (end: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      enders(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!stopped) {
      const called = woken
      woken = false
      let more = false
      try {
        more = await step(called)
        failures = 0
      } catch (error) {
        failures += 1
        onError(error)
      }
      const longer = Math.min(Math.max(pause, MAX_PAUSE), pause * 2 ** Math.min(failures, 10))
      if (stopped) return
      if (more) await nextTurn()
      else {
        await wait(WAKE_INTERVAL, (end) => {
          endRest = end
        })
        if (stopped) return
        if (!woken) {
          await wait((failures > 0 ? longer : pause) - WAKE_INTERVAL, (end) => {
            endPause = end
          })
        }
      }
    }
  }

  const done = run()
  return {
    wake: () => {
      woken = true
      endPause()
    },
    stop: async () => {
      stopped = true
      endPause()
      endRest()
      await done
    },
  }
}
