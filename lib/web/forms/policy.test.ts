import { describe, expect, test } from 'vitest'
import { deviceRulesSchema, requirementSchema } from '../../administration/policy/schema'
import { policyOf, TRUST_NEVER } from '../../identity/policy/rules'
import { POLICY_ROW } from '../../testing/policy'
import {
  deviceRulesDraft,
  fieldOfDeadline,
  fieldOutOfRange,
  fieldWithoutKind,
  readRequirementDraft,
  requirementDraft,
  wantedDeadlines,
  wantedDeviceRules,
  wantedKinds,
  writeRequirementDraft,
} from './policy'

const SENT = { tenant: 'acme', version: '3' }
const requirement = (more: Record<string, string>) => requirementSchema.parse({ ...SENT, ...more })
const deviceRules = (more: Record<string, string>) => deviceRulesSchema.parse({ ...SENT, ...more })
const draft = (text: string) => Object.fromEntries(new URLSearchParams(text))

test('P7: a form without the boxes says nothing about kinds; with them, one that is not ticked is not allowed', () => {
  expect(wantedKinds(requirement({ teamRequired: 'on' }))).toBeNull()
  expect(wantedKinds(requirement({ team_totp: 'on', end_email: 'on' }))).toBeNull()
  expect(wantedKinds(requirement({ kinds: '1' }))).toEqual({ team: [], end: [] })
  expect(wantedKinds(requirement({ kinds: '1', team_totp: 'on', end_email: 'on', end_sms: 'on' }))).toEqual({
    team: ['totp'],
    end: ['email', 'sms'],
  })
})

test('P7: the refusal stands at the boxes of the user type that is left without a kind', () => {
  const deliverable = ['totp', 'email'] as const
  const both = { team: ['totp'], end: ['email'] } as const
  expect(fieldWithoutKind(both, deliverable)).toBeUndefined()
  expect(fieldWithoutKind({ ...both, team: [] }, deliverable)).toBe('team_totp')
  expect(fieldWithoutKind({ ...both, end: ['sms'] }, deliverable)).toBe('end_totp')
  expect(fieldWithoutKind({ ...both, end: ['sms'] }, [...deliverable, 'sms'])).toBeUndefined()
  expect(fieldWithoutKind({ team: [], end: [] }, deliverable)).toBe('team_totp')
  expect(fieldWithoutKind(null, deliverable)).toBeUndefined()
})

test.each(['0', '1', '6', '91', '-7', '7.5', '3e1', '0x1e', ' ', '', 'thirty', 'Infinity'])(
  'D1: beside a ticked box %j is no period, and is never taken for “never”',
  (typed) => {
    const team = wantedDeviceRules(deviceRules({ teamTrust: 'on', teamDays: typed }))
    expect(team.trustDays).toEqual({ team: Number.NaN, end: TRUST_NEVER })
    expect(fieldOutOfRange(team)).toBe('teamDays')
    const end = wantedDeviceRules(deviceRules({ teamTrust: 'on', teamDays: '30', endTrust: 'on', endDays: typed }))
    expect(end.trustDays).toEqual({ team: 30, end: Number.NaN })
    expect(fieldOutOfRange(end)).toBe('endDays')
  },
)

test('D1: a ticked box without any number is no period either', () => {
  expect(fieldOutOfRange(wantedDeviceRules(deviceRules({ endTrust: 'on' })))).toBe('endDays')
})

test.each(['', '0', '30', '400', 'thirty'])('D1: beside a box that is not ticked %j does not matter', (typed) => {
  const wanted = wantedDeviceRules(deviceRules({ teamDays: typed, endDays: typed, endVerification: 'on' }))
  expect(wanted).toEqual({ trustDays: { team: TRUST_NEVER, end: TRUST_NEVER }, endDeviceVerification: true })
  expect(fieldOutOfRange(wanted)).toBeUndefined()
})

test.each(['7', '90', ' 30 ', '007'])('D1: %j is a period', (typed) => {
  const wanted = wantedDeviceRules(deviceRules({ teamTrust: 'on', teamDays: typed }))
  expect(wanted.trustDays.team).toBe(Number(typed))
  expect(fieldOutOfRange(wanted)).toBeUndefined()
})

test('P3: the draft that waits for a fresh proof says every switch and box, and only what a form had', () => {
  expect(draft(requirementDraft(requirement({ teamRequired: 'on', endSessions: 'on' })))).toEqual({
    team: '1',
    end: '0',
    sessions: '1',
  })
  expect(
    draft(requirementDraft(requirement({ kinds: '1', team_totp: 'on', team_email: 'on', endRequired: 'on' }))),
  ).toEqual({ team: '0', end: '1', sessions: '0', teamKinds: 'totp email', endKinds: '' })
  expect(draft(deviceRulesDraft(deviceRules({ teamTrust: 'on', teamDays: '14', endVerification: 'on' })))).toEqual({
    team: '1',
    teamDays: '14',
    end: '0',
    endDays: '',
    verification: '1',
  })
})

test('P8: the days of the fields stand in the draft, and the refusal at the field that it is about', () => {
  const input = requirement({ teamRequired: 'on', teamDeadline: '2026-12-14', endDeadline: '' })
  expect(wantedDeadlines(input)).toEqual({ team: '2026-12-14', end: '' })
  expect(wantedDeadlines(requirement({}))).toEqual({})
  const draft = readRequirementDraft(Object.fromEntries(new URLSearchParams(requirementDraft(input))))
  expect(draft?.deadlines).toEqual({ team: '2026-12-14', end: '' })
  const policy = policyOf(POLICY_ROW)
  const wanted = (deadlines: Record<string, string>) => ({
    required: { team: true, end: true },
    kinds: null,
    endSessions: false,
    deadlines,
  })
  const tenant = { kind: 'customer', stage: 'production', timeZone: null } as const
  const now = new Date('2026-11-20T09:00:00.000Z')
  expect(fieldOfDeadline(policy, wanted({ team: '2026-12-14', end: '2026-01-01' }), tenant, now)).toBe('endDeadline')
  expect(fieldOfDeadline(policy, wanted({ team: 'soon', end: '' }), tenant, now)).toBe('teamDeadline')
  expect(fieldOfDeadline(policy, wanted({ team: '2026-12-14', end: '' }), tenant, now)).toBeUndefined()
})

describe('P2: the draft in an address', () => {
  test('is read as it was written', () => {
    const draft = {
      required: { team: true, end: false },
      kinds: { team: ['totp'], end: [] },
      endSessions: true,
      deadlines: { team: '2026-12-14' },
    } as const
    const written = writeRequirementDraft({ ...draft, kinds: { team: ['totp'], end: [] } })
    expect(readRequirementDraft(Object.fromEntries(written))).toEqual(draft)
    const without = writeRequirementDraft({ ...draft, kinds: null })
    expect(readRequirementDraft(Object.fromEntries(without))).toEqual({ ...draft, kinds: null })
  })

  test.each([
    [{}],
    [{ team: '1' }],
    [{ team: '1', end: '2' }],
    [{ team: ['1', '0'], end: '1' }],
    [{ team: '1', end: '1', teamKinds: 'totp passkey', endKinds: '' }],
    [{ team: '1', end: '1', teamKinds: ' totp', endKinds: '' }],
  ])('%j is none', (search) => {
    expect(readRequirementDraft(search)).toBeNull()
  })
})
