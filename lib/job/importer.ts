import { Worker } from 'node:worker_threads'
import type { FileWishes } from '../administration/import/check/service'
import { MAX_BYTES } from '../administration/import/rules'
import type { RefusedFile } from '../administration/import/types'
import { hasImportWork } from '../administration/import/work/service'
import type { Deps } from '../core/deps'
import type { Config } from '../core/env'
import { err, type Result } from '../core/kernel/result'
import type { SteppedUpAdmin } from '../identity/actor/types'

/** Files that one process checks at once, each of another tenant. */
export const MAX_CHECKS = 2
/** MiB of objects that a thread may hold: a file that needs more ends its own thread, and nothing else. */
const MAX_HEAP = 384
/** The rest of the form that a file comes in. */
const MAX_FORM = 64 * 1024

export type ImportTask =
  | { kind: 'check'; actor: SteppedUpAdmin; type: string; form: ArrayBuffer }
  | { kind: 'again'; actor: SteppedUpAdmin; id: string; wishes: FileWishes }
  | { kind: 'bring-in' }

export type CheckedFile = Result<{ id: string }, 'refused', RefusedFile>

/** What a thread is started with. */
export interface ImportOrder {
  config: Config
  task: ImportTask
}

export interface Importer {
  /** Reads a form with a file of people, and says what would come of it; nothing of it is read before its turn. */
  check(
    actor: SteppedUpAdmin,
    form: { type: string; length: number; bytes: AsyncIterable<Uint8Array> },
  ): Promise<CheckedFile>
  /** Reads a file that waits once more, as the admin says. */
  readAgain(actor: SteppedUpAdmin, id: string, wishes: FileWishes): Promise<CheckedFile>
  /** Brings in what waits. Gives whether there was any. */
  bringIn(): Promise<boolean>
  /** Lets files that are being brought in end with the batch under way. */
  stop(): void
}

const busy = () => err('refused', { problem: 'busy', row: null } as const)

/**
 * Files of people are read, judged and brought in by threads of their own, one a task, so that what others ask for
 * waits for none of it (N36). A thread has its own world of the same settings; SQLite's lock it takes as another
 * process would.
 */
export function createImporter(deps: Pick<Deps, 'db' | 'clock'>, config: Config): Importer {
  const threads = new Set<Worker>()
  const checking = new Set<string>()

  function run(task: ImportTask): Promise<CheckedFile | null> {
    const bundled = !import.meta.url.endsWith('.ts')
    const order: ImportOrder = { config, task }
    const thread = new Worker(new URL(bundled ? './import-thread.mjs' : './import-thread.ts', import.meta.url), {
      workerData: order,
      transferList: task.kind === 'check' ? [task.form] : [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP },
      ...(bundled ? {} : { execArgv: ['--import', 'tsx'] }),
    })
    threads.add(thread)
    return new Promise<CheckedFile | null>((resolve, reject) => {
      let done: CheckedFile | null | undefined
      thread.once('message', (outcome: CheckedFile | null) => {
        done = outcome
      })
      thread.once('error', reject)
      thread.once('exit', () => {
        threads.delete(thread)
        if (done === undefined) reject(new Error('the thread for files of people ended before it was done'))
        else resolve(done)
      })
    })
  }

  async function inTurn(actor: SteppedUpAdmin, taskOf: () => Promise<ImportTask | null>): Promise<CheckedFile> {
    const tenantId = actor.tenant.tenant.id
    if (checking.has(tenantId) || checking.size >= MAX_CHECKS) return busy()
    checking.add(tenantId)
    try {
      const task = await taskOf()
      if (task === null) return err('refused', { problem: 'no_file', row: null })
      const checked = await run(task)
      if (checked === null) throw new Error('a check without an outcome')
      return checked
    } finally {
      checking.delete(tenantId)
    }
  }

  return {
    check: (actor, { type, length, bytes }) =>
      inTurn(actor, async () => {
        const form = length > MAX_BYTES + MAX_FORM ? null : await collect(bytes, length)
        return form === null ? null : { kind: 'check', actor, type, form }
      }),
    readAgain: (actor, id, wishes) => inTurn(actor, async () => ({ kind: 'again', actor, id, wishes })),
    bringIn: async () => {
      if (!(await hasImportWork(deps))) return false
      await run({ kind: 'bring-in' })
      return true
    },
    stop: () => {
      for (const thread of threads) thread.postMessage('stop')
    },
  }
}

/** Into one piece of memory, which then changes hands and is not copied; null where it is not as long as it says. */
async function collect(bytes: AsyncIterable<Uint8Array>, length: number): Promise<ArrayBuffer | null> {
  const whole = new Uint8Array(length)
  let at = 0
  for await (const part of bytes) {
    if (at + part.length > length) return null
    whole.set(part, at)
    at += part.length
  }
  return at === length ? whole.buffer : null
}
