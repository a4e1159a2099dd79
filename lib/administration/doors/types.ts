import { PEOPLE_ACTIONS } from '../people/types'

/** What an owner or admin does in the console: to somebody, or to the tenant they act in. */
export const CONSOLE_ACTS = [
  ...PEOPLE_ACTIONS,
  'contain',
  'forget_all_devices',
  'change_requirement',
  'turn_off_2fa',
  'change_device_rules',
  'change_recovery_rules',
  'change_session_limits',
  'change_floors',
  'change_company',
  'follow_steps',
  'make_client',
  'suspend_client',
  'reactivate_client',
  'change_stage',
  'invite',
  'withdraw_invitation',
  'change_invitation',
  'prepare_bulk',
  'import',
  'import_changes',
  'import_secrets',
  'make_report',
  'schedule_report',
  'download_report',
  'export_audit',
] as const
export type ConsoleAct = (typeof CONSOLE_ACTS)[number]

/** What an admin proves beyond the session: nothing; a factor lately (15 minutes); or just now (5 minutes). */
export const PROOF_LEVELS = ['session', 'recent', 'fresh'] as const
export type ProofLevel = (typeof PROOF_LEVELS)[number]
