import type { ConsoleAct, ProofLevel } from './types'

/**
 * The proof that belongs to an act, whichever door it is done by (S29): a page, an action and a route name the act and
 * are handed the proof from here. Just now where somebody loses something, or much is taken away at once (N22, N39).
 */
export const PROOF_OF = {
  see: 'session',
  see_security: 'session',
  reset_2fa: 'fresh',
  issue_code: 'fresh',
  end_sessions: 'fresh',
  forget_devices: 'fresh',
  suspend: 'fresh',
  reactivate: 'fresh',
  change_role: 'fresh',
  change_profile: 'fresh',
  change_address: 'fresh',
  exempt: 'fresh',
  make_service: 'fresh',
  end_service: 'fresh',
  end_membership: 'fresh',
  contain: 'fresh',
  forget_all_devices: 'fresh',
  // A box beside Save ends sessions (P4).
  change_requirement: 'fresh',
  // Takes every factor away (P6).
  turn_off_2fa: 'fresh',
  change_device_rules: 'recent',
  change_recovery_rules: 'recent',
  change_session_limits: 'recent',
  // It reaches the people of every tenant below (T5).
  change_floors: 'fresh',
  change_company: 'recent',
  // Changes a list of the overview, and nothing else (X9).
  follow_steps: 'session',
  // As the invitation of an owner that it sends.
  make_client: 'recent',
  suspend_client: 'fresh',
  reactivate_client: 'fresh',
  change_stage: 'fresh',
  invite: 'recent',
  withdraw_invitation: 'recent',
  change_invitation: 'recent',
  // Only chooses and counts: what is done asks for its own proof (X7).
  prepare_bulk: 'session',
  import: 'recent',
  // As for one of them on their page (S29).
  import_changes: 'fresh',
  // Whoever brings a password along knows it (X8).
  import_secrets: 'fresh',
  remind: 'recent',
  make_report: 'fresh',
  schedule_report: 'fresh',
  download_report: 'fresh',
  export_audit: 'fresh',
} as const satisfies Record<ConsoleAct, ProofLevel>

export type ProofOf<Act extends ConsoleAct> = (typeof PROOF_OF)[Act]
export type ActBy<Level extends ProofLevel> = {
  [Act in ConsoleAct]: ProofOf<Act> extends Level ? Act : never
}[ConsoleAct]
