import { z } from 'zod'
import {
  AUDIT_KINDS,
  type AuditFilters,
  type AuditQuery,
  EXPORT_FORMATS,
  type ExportFormat,
  KIND_GROUP_NAMES,
} from './types'

type Search = Record<string, string | string[] | undefined>

const one = z.string().max(400).catch('')
// Years that both databases know, and a day after the last of them.
const day = z.iso
  .date()
  .regex(/^(19[7-9]\d|2\d{3})-/)
  .nullable()
  .catch(null)
const person = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,60}$/)
  .nullable()
  .catch(null)

/** What an address says of the log; whatever it does not know is left out. */
export function readAuditQuery(search: Search): AuditQuery & { search: string } {
  const [older, newer] = [one.parse(search.older ?? ''), one.parse(search.newer ?? '')]
  return {
    search: one
      .parse(search.q ?? '')
      .trim()
      .slice(0, 100),
    personId: person.parse(search.person ?? null),
    kind: z
      .enum([...KIND_GROUP_NAMES, ...AUDIT_KINDS])
      .nullable()
      .catch(null)
      .parse(search.kind ?? null),
    from: day.parse(search.from ?? null),
    to: day.parse(search.to ?? null),
    start: older !== '' ? { older } : newer !== '' ? { newer } : 'newest',
  }
}

/** The same filters as an address, from the newest event on. */
export function writeAuditFilters({ personId, kind, from, to }: AuditFilters): URLSearchParams {
  return new URLSearchParams({
    ...(personId === null ? {} : { person: personId }),
    ...(kind === null ? {} : { kind }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  })
}

export function readExportFormat(search: Search): ExportFormat | null {
  return z
    .enum(EXPORT_FORMATS)
    .nullable()
    .catch(null)
    .parse(search.format ?? null)
}
