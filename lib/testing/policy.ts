import type { Db, DbOrTx } from '../core/db'
import { type PolicyRow, writeKinds } from '../identity/policy/rules'
import type { RuleChanges } from '../identity/policy/types'

const TYPES = ['team', 'end'] as const

/** Settings written past every rule, as a test needs them; of every tenant where none is named. */
export async function setRules(db: DbOrTx, tenantId: string | undefined, changes: RuleChanges): Promise<void> {
  for (const userType of TYPES) {
    const { kinds, ...others } = changes[userType] ?? {}
    const data = kinds === undefined ? others : { ...others, kinds: writeKinds(kinds) }
    await db.policyRule.updateMany({ where: { tenantId, userType }, data })
  }
}

/** The policy of a tenant as its rows have it; of the first where none is named. */
export async function policyRows(db: Db, tenantId?: string) {
  const policy = await db.policy.findFirstOrThrow({ where: { tenantId }, include: { rules: true } })
  const of = (type: (typeof TYPES)[number]) => {
    const rule = policy.rules.find(({ userType }) => userType === type)
    if (rule === undefined) throw new Error('no rule')
    return rule
  }
  return { ...policy, team: of('team'), end: of('end') }
}

type RuleRow = PolicyRow['rules'][number]

const TEAM_RULE = {
  userType: 'team',
  required: false,
  requiredSince: null,
  firstRequiredAt: null,
  deadline: null,
  kinds: 'totp,email,passkey',
  trustDays: 30,
  trustFloor: null,
  idleMinutes: 60,
  sessionHours: 12,
  sessionsVoidedAt: null,
  deviceVerification: false,
  issuedRecoveryCodes: false,
} as const satisfies RuleRow
const END_RULE = { ...TEAM_RULE, userType: 'end', sessionHours: 24 } as const satisfies RuleRow

/** A policy as its rows have it, for rules that are tried without a database. */
export function policyRowWith(more: { team?: Partial<RuleRow>; end?: Partial<RuleRow> } = {}): PolicyRow {
  return {
    tenantId: 'tenant-1',
    version: 4,
    rules: [
      { ...TEAM_RULE, ...more.team },
      { ...END_RULE, ...more.end },
    ],
  }
}

export const POLICY_ROW = policyRowWith()
