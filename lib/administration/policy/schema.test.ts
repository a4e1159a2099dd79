import { expect, test } from 'vitest'
import { deviceRulesSchema, requirementSchema, tenantAndPersonSchema, tenantSchema } from './schema'

const SENT = { tenant: 'acme', version: '3' }

test('P1: a box that is not ticked is not sent, and means no', () => {
  expect(requirementSchema.parse(SENT)).toEqual({
    tenant: 'acme',
    version: 3,
    teamRequired: false,
    endRequired: false,
    endSessions: false,
    team_totp: false,
    team_email: false,
    team_sms: false,
    end_totp: false,
    end_email: false,
    end_sms: false,
  })
  expect(requirementSchema.parse({ ...SENT, teamRequired: 'on', endSessions: 'on' })).toMatchObject({
    teamRequired: true,
    endRequired: false,
    endSessions: true,
  })
})

test.each([
  { tenant: 'Acme' },
  { tenant: '../acme' },
  { tenant: '' },
  { tenant: 'a'.repeat(61) },
  { version: '0' },
  { version: '1.5' },
  { version: 'latest' },
  { teamRequired: 'yes' },
  { endRequired: 'off' },
  { endSessions: 'true' },
])('what no page of ours sends is refused: %j', (wrong) => {
  expect(requirementSchema.safeParse({ ...SENT, ...wrong }).success).toBe(false)
})

test('D1: days are read as they were typed, and only a length that no number has is refused', () => {
  expect(deviceRulesSchema.parse(SENT)).toEqual({
    tenant: 'acme',
    version: 3,
    teamTrust: false,
    endTrust: false,
    endVerification: false,
  })
  for (const typed of ['', '30', 'thirty', '-1']) {
    expect(deviceRulesSchema.parse({ ...SENT, teamDays: typed, endDays: typed })).toMatchObject({
      teamDays: typed,
      endDays: typed,
    })
  }
  const long = deviceRulesSchema.safeParse({ ...SENT, endDays: '7'.repeat(21) })
  expect(long.error?.issues).toMatchObject([{ path: ['endDays'], message: 'trust_out_of_range' }])
})

test('P7: what says that boxes were there says nothing else', () => {
  expect(requirementSchema.parse({ ...SENT, kinds: '1', end_sms: 'on' })).toMatchObject({ kinds: '1', end_sms: true })
  expect(requirementSchema.safeParse({ ...SENT, kinds: '0' }).success).toBe(false)
  expect(requirementSchema.safeParse({ ...SENT, kinds: '1', team_totp: 'yes' }).success).toBe(false)
})

test('D4: whose devices are forgotten is a company of the address and a person by mail address', () => {
  expect(tenantSchema.safeParse({ tenant: '../acme' }).success).toBe(false)
  expect(tenantAndPersonSchema.safeParse({ tenant: 'acme', email: 'bob@acme.example' }).success).toBe(true)
  expect(tenantAndPersonSchema.safeParse({ tenant: 'acme' }).success).toBe(false)
})
