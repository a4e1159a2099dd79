import { expect, test } from 'vitest'
import { requirementSchema } from './schema'

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
