import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashRawSync } from '@node-rs/argon2'
import type { HashAnswer, HashJob } from './hash-threads'
import { verifyImported } from './imported-hash'

/** Nice value: whoever is signed in comes before whoever types a password. */
const PRIORITY = 5
// The value of Algorithm.Argon2id, a const enum that isolated modules cannot read.
const ARGON2ID = 2

/**
 * A service that was started lower stays there, since only root may raise itself; one that may not be lowered hashes
 * too.
 */
function standBack(): void {
  try {
    if (getPriority() < PRIORITY) setPriority(PRIORITY)
  } catch {
    // The priority is a courtesy: without it a password takes its turn among the other threads.
  }
}

// Elsewhere than on Linux a process has one priority for all its threads.
if (process.platform === 'linux') standBack()

async function answerOf(job: HashJob): Promise<HashAnswer> {
  try {
    if (job.kind === 'imported') return { ok: true, value: await verifyImported(job.hash, job.secret) }
    return { ok: true, value: new Uint8Array(hashRawSync(job.input, { ...job.options, algorithm: ARGON2ID })) }
  } catch (error) {
    // S10: a class and never a message, which could quote what was hashed.
    return { ok: false, reason: error instanceof Error ? error.name : 'unknown' }
  }
}

parentPort?.on('message', async (job: HashJob) => parentPort?.postMessage(await answerOf(job)))
