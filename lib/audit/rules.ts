import type { RequestInfo } from '../core/kernel/request'
import type { AuditEntry, JsonValue, StoredEvent } from './types'

const LIMITS = { name: 200, userAgent: 400, address: 64, requestId: 64, factorType: 40 }

/** Who did it, when that is somebody signed in, and with which request. */
export function by(actor: {
  person: { id: string; name: string }
  request: RequestInfo
}): Required<Pick<AuditEntry, 'actor' | 'request'>> {
  const { id, name } = actor.person
  return { actor: { kind: 'user', id, name }, request: actor.request }
}

/** To whom it was done; it stands in the log of the person's own tenant, or of the one in which it was done. */
export function about(
  person: { id: string; name: string; tenantId: string },
  tenantId = person.tenantId,
): Required<Pick<AuditEntry, 'tenantId' | 'subject'>> {
  return { tenantId, subject: { id: person.id, name: person.name } }
}

/** JSON with sorted keys and without white space: equal values give equal text. Throws on a number JSON lacks. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('a number in audit data is not finite')
  if (value === undefined || value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`)
  return `{${fields.join(',')}}`
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** The row of an event. Texts from outside lose control characters (ASVS 16.4.1; PostgreSQL stores no NUL). */
export function eventRow(entry: AuditEntry, id: string, at: Date): StoredEvent {
  return {
    id,
    tenantId: entry.tenantId,
    at,
    kind: entry.kind,
    actorKind: entry.actor.kind,
    actorId: entry.actor.id ?? null,
    actorName: plain(entry.actor.name, LIMITS.name),
    subjectId: entry.subject?.id ?? null,
    subjectName: plain(entry.subject?.name, LIMITS.name),
    factorType: plain(entry.factorType, LIMITS.factorType),
    address: plain(entry.request?.address, LIMITS.address),
    userAgent: plain(entry.request?.userAgent, LIMITS.userAgent),
    requestId: plain(entry.request?.requestId, LIMITS.requestId),
    data: canonicalJson(entry.data ?? {}),
  }
}

function plain(text: string | null | undefined, limit: number): string | null {
  if (text === null || text === undefined) return null
  return text
    .slice(0, limit)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
}
