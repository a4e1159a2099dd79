// Above 300 lines: the kinds of events, one a line, and what each is shown under.

import type { RequestInfo } from '../core/kernel/request'

/** Every kind of event the log can hold (M7). A kind is never renamed: sealed entries carry it for ever. */
export const AUDIT_KINDS = [
  'tenant_created',
  'tenant_suspended',
  'tenant_reactivated',
  'stage_changed',
  'user_created',
  'setup_done',
  'sign_in_succeeded',
  'sign_in_repeated',
  'sign_in_failed',
  'sign_in_throttled',
  'enrolment_put_off',
  'mfa_setup_succeeded',
  'mfa_setup_failed',
  'factor_removed',
  'factor_renamed',
  'two_factor_turned_on',
  'two_factor_turned_off',
  'recovery_codes_made',
  'recovery_code_used',
  'recovery_code_issued',
  'issued_code_used',
  'factors_reset',
  'reset_requested',
  'reset_approved',
  'reset_denied',
  'reset_cancelled',
  'user_suspended',
  'user_reactivated',
  'role_changed',
  'profile_changed',
  'user_invited',
  'invitation_withdrawn',
  'invitation_changed',
  'invitation_reminded',
  'invitation_accepted',
  'import_received',
  'import_started',
  'import_dropped',
  'import_stopped',
  'users_imported',
  'bulk_started',
  'bulk_done',
  'bulk_stopped',
  'exemption_given',
  'time_given',
  'exemption_ended',
  'service_account_made',
  'service_account_ended',
  'membership_ended',
  'break_glass',
  'change_stopped',
  'device_verification_sent',
  'device_verified',
  'device_trusted',
  'device_forgotten',
  'device_copied',
  'devices_forgotten',
  'two_factor_voided',
  'factors_voided',
  'not_me_reported',
  'passcode_sent',
  'factor_preferred',
  'session_ended',
  'signed_out',
  'step_up_succeeded',
  'step_up_failed',
  'password_changed',
  'password_change_failed',
  'password_reset_requested',
  'password_reset_refused',
  'contained',
  'password_reset',
  'sign_in_link_requested',
  'address_change_requested',
  'address_changed',
  'address_restored',
  'reminders_requested',
  'reminders_made',
  'person_reminded',
  'report_requested',
  'report_made',
  'report_downloaded',
  'report_schedule_changed',
  'policy_changed',
  'floors_changed',
  'policy_change_refused',
  'company_changed',
  'access_denied',
  'request_refused',
  'audit_exported',
  'audit_retention_changed',
  'audit_pruned',
  'audit_forgotten',
  'key_given_up',
  'backup_made',
  'backup_restored',
  'clock_went_back',
] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** Kinds as a reader looks for them; which belong to which, `reading/rules.ts` says. */
export const KIND_GROUP_NAMES = [
  'sign_in',
  'factors',
  'recovery',
  'devices',
  'account',
  'people',
  'settings',
  'exports',
  'server',
  'other',
] as const
export type KindGroup = (typeof KIND_GROUP_NAMES)[number]

/** Stands for a tenant in events of nobody known: the installation has a chain of its own. */
export const INSTALLATION = 'installation'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Who did it: `visitor` is someone not signed in, `operator` the command line, `system` the product by itself. */
export interface AuditActor {
  kind: 'user' | 'visitor' | 'operator' | 'system'
  id?: string
  name?: string
}

/** What a service tells of one change. Never a secret: no code, key, password or token (S10, S16). */
export interface AuditEntry {
  tenantId: string
  kind: AuditKind
  actor: AuditActor
  /** Whom or what it was done to. */
  subject?: { id: string; name: string }
  /** `MfaFactorType` of M7: a kind of factor, `recovery`, or `mail` for the passcode of an unknown device. */
  factorType?: string
  request?: RequestInfo
  data?: Readonly<Record<string, JsonValue>>
}

/** A row of the log, as stored. */
export interface StoredEvent {
  id: string
  tenantId: string
  at: Date
  kind: string
  actorKind: string
  actorId: string | null
  actorName: string | null
  subjectId: string | null
  subjectName: string | null
  factorType: string | null
  address: string | null
  userAgent: string | null
  requestId: string | null
  /** Canonical JSON. */
  data: string
}

/** An event's place in the chain of its tenant: the first has seq 1 and an empty `previous`. */
export interface Seal {
  eventId: string
  tenantId: string
  seq: number
  previous: string
  hash: string
  /** By the sealer's clock, and in the hash. */
  sealedAt: Date
  /** Null in an entry of before there were digests; a salt is null as well once what it covers was blanked. */
  actorSalt: string | null
  actorDigest: string | null
  subjectSalt: string | null
  subjectDigest: string | null
}

/** Stands for the entries 1 to `seq` of a chain, which are deleted. */
export interface CheckpointClaim {
  tenantId: string
  seq: number
  hash: string
  firstAt: Date
  lastAt: Date
  latest: Date
  madeAt: Date
  keyId: string
}

export interface Checkpoint extends CheckpointClaim {
  signature: string
}

/** The end of a tenant's chain, before it is signed. */
export interface HeadClaim {
  tenantId: string
  seq: number
  hash: string
  /** Every event at or before this time, less SEAL_MARGIN, is sealed. */
  through: Date
  signedAt: Date
  keyId: string
}

export interface Head extends HeadClaim {
  signature: string
}

/**
 * - `changed`: the entry does not say what was sealed
 * - `removed`: the entry's event, or the entries `seq` to `lastSeq`, are gone
 * - `inserted`: an entry that was never sealed, or was sealed long after its time
 * - `cut_off`: the log ends before `lastSeq`, which was signed
 * - `rewritten`: the chain is whole, and is not the one that was signed; from which entry on cannot be known
 * - `bad_head`: no head, or its signature is not ours
 * - `bad_checkpoint`: what stands for deleted entries is not signed by us
 * - `unknown_key`: head or checkpoint name a key that is not in the ring, so that the signature cannot be checked
 */
export type FindingKind =
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'cut_off'
  | 'rewritten'
  | 'bad_head'
  | 'bad_checkpoint'
  | 'unknown_key'

export interface Finding {
  kind: FindingKind
  seq?: number
  lastSeq?: number
  eventId?: string
  at?: Date
  /** Of a head whose key is unknown. */
  keyId?: string
}

/**
 * Where a clock was wrong, which is no tampering:
 * - `clock_back`: this entry was sealed at an earlier time than the one before it
 * - `clock_ahead`: this entry, and perhaps those behind it, is dated after it was sealed
 */
export interface ClockNote {
  kind: 'clock_back' | 'clock_ahead'
  seq: number
  from: Date
  to: Date
}

export interface ChainReport {
  tenantId: string
  /** Sealed entries walked. */
  entries: number
  head: { seq: number; hash: string; through: Date; signedAt: Date } | null
  /** The first MAX_FINDINGS of them. */
  findings: readonly Finding[]
  /** How many more there were. */
  moreFindings: number
  notes: readonly ClockNote[]
  /** What stands for entries that were deleted by rule: the walk began behind them. */
  checkpoint: Pick<Checkpoint, 'seq' | 'hash' | 'firstAt' | 'lastAt' | 'madeAt'> | null
  /** Entries of which something personal was blanked. */
  blanked: number
  /** The head that was given is of an entry that is deleted: it could not be compared. */
  expectedGone: boolean
  /** Events of the tail that no chain protects yet. */
  unsealed: number
}

/** A head noted outside the database: it shows what a database rolled back as a whole would hide. */
export interface ExpectedHead {
  tenantId: string
  seq: number
  hash: string
}

/** Where a page begins: beside this event, without it. */
export interface Position {
  at: Date
  id: string
}

/** What a reader of the log asks to see. Days are UTC days, both included, as `2026-11-28`. */
export interface AuditFilters {
  /** Whom it was done to, or who did it. */
  personId: string | null
  /** One kind, or all of a group. */
  kind: AuditKind | KindGroup | null
  from: string | null
  to: string | null
}

export interface AuditQuery extends AuditFilters {
  /** A position that cannot be read is the newest. */
  start: 'newest' | { older: string } | { newer: string }
}

/** The same as the store reads it. */
export interface EventRange {
  /** The index it goes along; null is of everybody. */
  person: { as: 'subject' | 'actor'; id: string } | null
  kind: AuditKind | null
  from: Date | null
  /** Exclusive. */
  until: Date | null
}

export interface AuditPage {
  events: readonly StoredEvent[]
  newer: string | null
  older: string | null
}

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** How far the chain of a tenant is sealed, by what the server can check without walking it. */
export type ChainState =
  | { is: 'unsealed' }
  | { is: 'signed' | 'bad_head' | 'unknown_key'; seq: number; through: Date; keyId: string }
