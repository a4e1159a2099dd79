import { Worker } from 'node:worker_threads'

/** `memoryCost` in KiB, `outputLen` in bytes. */
export interface Argon2Options {
  memoryCost: number
  timeCost: number
  parallelism: number
  outputLen: number
  salt: Uint8Array
}

export type HashJob =
  | { kind: 'argon2'; input: string; options: Argon2Options }
  | { kind: 'imported'; hash: string; secret: string }
export type HashAnswer = { ok: true; value: Uint8Array | boolean } | { ok: false; reason: string }

/** Beside the memory of a hash, which is not the engine's, a thread needs next to nothing. */
const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }

interface Thread {
  worker: Worker
  settle: ((answer: HashAnswer) => void) | null
}

const threads: Thread[] = []

function newThread(): Thread {
  const here = import.meta.url
  const fromSource = here.endsWith('.ts')
  const worker = new Worker(new URL(fromSource ? 'hash-thread.ts' : 'hash-thread.mjs', here), {
    name: 'hash',
    execArgv: fromSource ? ['--import', 'tsx'] : [],
    resourceLimits: HEAP,
  })
  const thread: Thread = { worker, settle: null }
  threads.push(thread)
  const settle = (answer: HashAnswer) => {
    thread.settle?.(answer)
    thread.settle = null
    // A thread without work does not keep a command from ending.
    worker.unref()
  }
  const lost = (reason: string) => {
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
    settle({ ok: false, reason })
  }
  worker.on('message', settle)
  worker.on('error', (error: Error) => lost(error.name))
  worker.on('exit', () => lost('the thread ended'))
  return thread
}

/**
 * Runs a hash on a thread of its own kind: at lower priority than the event loop, and apart from the pool in which the
 * rest of the process compresses, reads files and looks up names, so that none of it waits behind passwords. The caller
 * bounds how many run at once; as many threads come to be, and stay.
 */
async function run(job: HashJob): Promise<Uint8Array | boolean> {
  const thread = threads.find(({ settle }) => settle === null) ?? newThread()
  const answer = await new Promise<HashAnswer>((resolve) => {
    thread.settle = resolve
    thread.worker.ref()
    thread.worker.postMessage(job)
  })
  if (!answer.ok) throw new Error(`a hash failed: ${answer.reason}`)
  return answer.value
}

/** Raw argon2id, version 19. */
export async function argon2id(input: string, options: Argon2Options): Promise<Uint8Array> {
  return (await run({ kind: 'argon2', input, options })) as Uint8Array
}

/** `verifyImported`, off the event loop. */
export async function verifyImportedApart(hash: string, secret: string): Promise<boolean> {
  return (await run({ kind: 'imported', hash, secret })) as boolean
}
