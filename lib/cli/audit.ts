import { z } from 'zod'
import { verifyChain } from '../audit/inspection/service'
import {
  type ChainReport,
  type ClockNote,
  type ExpectedHead,
  type Finding,
  type FindingKind,
  INSTALLATION,
} from '../audit/types'
import { tenantBySlug } from '../identity/tenant/service'
import { type CommandOutcome, defineCommand, refused } from './command'
import { findSlug } from './store'
import { missingFile, missingKeyFile, withConfig, withDeps } from './world'

const HEAD = /^([^\s:]{1,64}):(\d{1,15}):([\w-]{43})$/

const headField = z.string().transform((text, context): ExpectedHead => {
  const [, tenantId = '', seq = '', hash = ''] = HEAD.exec(text) ?? []
  if (tenantId === '') context.addIssue('malformed')
  return { tenantId, seq: Number(seq), hash }
})

const SAYS: Record<FindingKind, string> = {
  changed: 'was changed: it no longer matches its seal',
  removed: 'was removed',
  inserted: 'was inserted: nothing sealed it at its time',
  cut_off: 'is missing from the end of the log: it was signed and is gone',
  rewritten: 'is not the entry that was signed: the log was rewritten up to here',
  bad_head: 'is the end of the log, but its signature is missing or not from this server',
  bad_checkpoint: 'is the last of those deleted by rule, but what stands for them is not signed by this server',
  unknown_key:
    'is the signed end of the log, by a key that is not in the key ring: put the key back to verify it; if no one removed it, the log was tampered with',
}

export function findingText({ kind, seq, lastSeq, eventId, at, keyId }: Finding): string {
  const place = seq === undefined ? '' : lastSeq === undefined ? ` ${seq}` : ` ${seq} to ${lastSeq}`
  const facts = [
    eventId === undefined ? null : `event ${eventId}`,
    at === undefined ? null : `of ${at.toISOString()}`,
    keyId === undefined ? null : `key ${keyId}`,
  ]
  const named = facts.filter((fact) => fact !== null).join(' ')
  const subject = lastSeq === undefined ? `Entry${place}` : `Each of the entries${place}`
  return `${subject}${named === '' ? '' : ` (${named})`} ${SAYS[kind]}.`
}

function noteText({ kind, seq, from, to }: ClockNote): string {
  const times = `${from.toISOString()} to ${to.toISOString()}`
  return kind === 'clock_back'
    ? `At entry ${seq} the clock went back, from ${times}: this is not tampering.`
    : `Entry ${seq} was written by a clock that was ahead, dated ${from.toISOString()}, sealed ${to.toISOString()}; this is not tampering.`
}

interface NamedReport extends ChainReport {
  slug: string | null
}

function linesOf(report: NamedReport): string[] {
  const { tenantId, slug, entries, head, findings, moreFindings, notes, unsealed, checkpoint, blanked } = report
  const name = tenantId === INSTALLATION ? 'The installation itself' : (slug ?? 'A deleted tenant')
  return [
    `${name} (${tenantId})`,
    ...(checkpoint === null
      ? []
      : [
          `  entries 1 to ${checkpoint.seq}, of ${checkpoint.firstAt.toISOString()} to ${checkpoint.lastAt.toISOString()}, ` +
            `were exported and deleted by rule at ${checkpoint.madeAt.toISOString()}; the chain goes on from ${checkpoint.hash}`,
        ]),
    `  ${entries} sealed ${entries === 1 ? 'entry' : 'entries'}, ${unsealed} not sealed yet`,
    ...(blanked === 0 ? [] : [`  personal data was deleted from ${blanked} of them, as the log tells`]),
    ...(report.expectedGone ? ['  the head that was given is of an entry that is deleted: note a newer one'] : []),
    head === null
      ? '  no signed end of the log'
      : `  signed at ${head.signedAt.toISOString()}; to note elsewhere: ${tenantId}:${head.seq}:${head.hash}`,
    ...findings.map((finding) => `  ${findingText(finding)}`),
    ...notes.map((note) => `  ${noteText(note)}`),
    ...(moreFindings > 0 ? [`  ${moreFindings} more findings are not listed.`] : []),
  ]
}

function dataOf(report: NamedReport) {
  const { tenantId, slug, entries, head, findings, moreFindings, notes, unsealed } = report
  const { checkpoint, blanked, expectedGone } = report
  return {
    tenant: { id: tenantId, slug },
    entries,
    unsealed,
    head: head && { ...head, expect: `${tenantId}:${head.seq}:${head.hash}` },
    findings: findings.map((finding) => ({ ...finding, text: findingText(finding) })),
    moreFindings,
    notes: notes.map((note) => ({ ...note, text: noteText(note) })),
    checkpoint,
    blanked,
    expectedGone,
  }
}

export const auditVerify = defineCommand({
  usage: 'audit verify [--tenant SLUG] [--expect-head TENANT-ID:SEQ:HASH]…',
  about: 'Checks the audit log against its seals. A head noted earlier also reveals a log replaced as a whole.',
  options: { tenant: { type: 'string' }, 'expect-head': { type: 'string', multiple: true } },
  hints: {
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
    'expect-head': 'what an earlier audit verify printed to be noted elsewhere',
  },
  schema: z.object({ tenant: z.string().min(1).optional(), 'expect-head': z.array(headField).default([]) }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const file = missingFile(config)
      if (file !== null) return refused('no_database', `There is no database at ${file}: set DATABASE_URL or DATA_DIR.`)
      const keys = missingKeyFile(config)
      if (keys !== null)
        return refused('no_keys', `There is no key file at ${keys}: without it, signatures cannot be checked.`)
      return withDeps(config, async (deps): Promise<CommandOutcome> => {
        const tenant = input.tenant === undefined ? null : await tenantBySlug(deps, input.tenant)
        if (input.tenant !== undefined && tenant === null) {
          return refused('unknown_tenant', 'No tenant has this slug: look at the URL of its pages under /admin.')
        }
        const expected = input['expect-head']
        if (tenant !== null && expected.some((head) => head.tenantId !== tenant.id)) {
          return refused(
            'other_tenant',
            'An expected head belongs to another tenant: leave out --tenant, or that head.',
          )
        }
        const reports = await verifyChain(deps, { expected, ...(tenant === null ? {} : { tenantId: tenant.id }) })
        const named = await Promise.all(
          reports.map(async (report) => ({ ...report, slug: await findSlug(deps.db, report.tenantId) })),
        )
        const ok = named.every((report) => report.findings.length === 0 && report.moreFindings === 0)
        const verdict = ok
          ? 'Everything sealed is intact.'
          : 'The log was tampered with, or a key is missing: keep a copy of it.'
        return {
          kind: 'report',
          ok,
          lines: [...named.flatMap(linesOf), reports.length === 0 ? 'The log is empty.' : verdict],
          data: { tenants: named.map(dataOf) },
        }
      })
    }),
})
