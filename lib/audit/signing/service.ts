import { signText, verifyText } from '../../core/crypto/signature'
import type { Deps, TransactionDeps } from '../../core/deps'
import { later } from '../../core/kernel/time'
import { checkpointText, headText, SEAL_MARGIN } from '../chain/rules'
import { findCheckpoint, listFurthestHeads, listHeads, updateCheckpointSigned, updateHead } from '../store'
import type { Checkpoint, CheckpointClaim, Head, HeadClaim } from '../types'

export function signHead({ keys }: Pick<Deps, 'keys'>, claim: HeadClaim): Head {
  return { ...claim, signature: signText(keys.derive('audit-head', claim.keyId), headText(claim)) }
}

/** The same end of a chain, signed anew: the key that signed it is lost (S28). */
export async function resignHead(deps: TransactionDeps<'keys' | 'clock'>, head: Head): Promise<void> {
  const { signature: _, ...claim } = head
  await updateHead(deps.db, head, signHead(deps, { ...claim, keyId: deps.keys.currentId, signedAt: deps.clock.now() }))
}

export function signCheckpoint(deps: Pick<Deps, 'keys'>, claim: Omit<CheckpointClaim, 'keyId'>): Checkpoint {
  const whole = { ...claim, keyId: deps.keys.currentId }
  return { ...whole, signature: signText(deps.keys.derive('audit-head'), checkpointText(whole)) }
}

/** The same, signed anew, where there is one of this tenant under the lost key (S28). */
export async function resignCheckpoint(
  deps: TransactionDeps<'keys'>,
  { tenantId, keyId }: { tenantId: string; keyId: string },
): Promise<void> {
  const found = await findCheckpoint(deps.db, tenantId)
  if (found?.keyId === keyId) await updateCheckpointSigned(deps.db, found, signCheckpoint(deps, found))
}

function signatureTrouble<Bad extends string>(
  { keys }: Pick<Deps, 'keys'>,
  { keyId, signature }: { keyId: string; signature: string },
  text: string,
  bad: Bad,
): Bad | 'unknown_key' | null {
  let seed: Uint8Array
  try {
    seed = keys.derive('audit-head', keyId)
  } catch {
    return 'unknown_key'
  }
  return verifyText(seed, text, signature) ? null : bad
}

/** Null for a head that carries our signature. */
export function headTrouble(deps: Pick<Deps, 'keys'>, head: Head): 'bad_head' | 'unknown_key' | null {
  return signatureTrouble(deps, head, headText(head), 'bad_head')
}

/** Null for a checkpoint that carries our signature. */
export function checkpointTrouble(
  deps: Pick<Deps, 'keys'>,
  checkpoint: Checkpoint,
): 'bad_checkpoint' | 'unknown_key' | null {
  return signatureTrouble(deps, checkpoint, checkpointText(checkpoint), 'bad_checkpoint')
}

export function isSigned(deps: Pick<Deps, 'keys'>, head: Head): boolean {
  return headTrouble(deps, head) === null
}

/** By another instance's clock it may be ahead of ours; further ahead than the margin it is none of ours. */
export async function furthestHead(deps: Pick<Deps, 'db' | 'keys'>, now: Date): Promise<Head | null> {
  const heads = await listFurthestHeads(deps.db, later(now, SEAL_MARGIN), 5)
  return heads.find((head) => isSigned(deps, head)) ?? null
}

/** The newest head with our signature, and those without. */
export async function signedHead(
  deps: Pick<Deps, 'db' | 'keys'>,
  tenantId: string,
): Promise<{ head: Head | null; bad: Head[] }> {
  const heads = await listHeads(deps.db, tenantId, 100)
  return {
    head: heads.find((head) => isSigned(deps, head)) ?? null,
    bad: heads.filter((head) => !isSigned(deps, head)),
  }
}
