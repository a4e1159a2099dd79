import { days, hours, later } from '../../core/kernel/time'
import type { Walk } from '../chain/rules'
import type { Finding } from '../types'
import type { VerificationRow, VerificationView } from './types'

/** From one verification of a chain to the next (X11). */
export const VERIFY_INTERVAL = days(1)
/** How much later it may be and still be called today's. */
const LATE = hours(6)

/** A walk as text; `readWalk` gives it back. */
export function writeWalk({ expected: _, ...walk }: Walk): string {
  const { latest, sealedAt, last } = walk
  return JSON.stringify({
    ...walk,
    latest: Number.isFinite(latest) ? latest : null,
    sealedAt: sealedAt?.getTime() ?? null,
    last: last && { ...last, at: last.at?.getTime() ?? null },
  })
}

/** Null for none, and for text that is not of this version: the walk then begins anew. */
export function readWalk(text: string, tenantId: string): Walk | null {
  try {
    const { latest, sealedAt, last, ...walk } = JSON.parse(text)
    if (walk.tenantId !== tenantId || typeof walk.seq !== 'number' || typeof walk.hash !== 'string') return null
    const time = (at: number | null) => (at === null ? null : new Date(at))
    return {
      ...walk,
      expected: null,
      latest: latest ?? Number.NEGATIVE_INFINITY,
      sealedAt: time(sealedAt),
      last: last && { ...last, at: time(last.at) },
    }
  } catch {
    return null
  }
}

export function verificationView(row: VerificationRow | null, now: Date): VerificationView {
  if (row === null || row.finishedAt === null) return { is: 'waiting' }
  const { finishedAt: at, fromSeq, throughSeq, wholeAt, findings } = row
  const today = now <= later(at, VERIFY_INTERVAL + LATE)
  return {
    ...{ is: findings === 0 ? 'sound' : 'broken', at, today, fromSeq, throughSeq, wholeAt, findings },
    finding: readFinding(row.finding),
  }
}

function readFinding(text: string | null): Finding | null {
  if (text === null) return null
  const { at, ...finding } = JSON.parse(text)
  return { ...finding, ...(at === undefined ? {} : { at: new Date(at) }) }
}
