import { expect, test } from 'vitest'
import { ACTS, actsAmong, arranged } from './acts'

test('U6: of a guest the end of the membership is offered', () => {
  const facts = { status: 'setup_required', exemptions: true, deadline: null } as const
  expect(actsAmong(['see', 'end_membership'], facts)).toEqual(['membership'])
})

test('P8 U9: more time is offered to whoever is to set up 2FA by a day, where any may be given', () => {
  const deadline = new Date('2026-12-01T00:00:00.000Z')
  const facts = { status: 'setup_required', exemptions: true, deadline } as const
  expect(actsAmong(['exempt'], facts)).toEqual(['exempt', 'time'])
  expect(actsAmong(['exempt'], { ...facts, deadline: null })).toEqual(['exempt'])
  expect(actsAmong(['exempt'], { ...facts, exemptions: false })).toEqual([])
  expect(actsAmong(['exempt'], { ...facts, status: 'enrolled' })).toEqual([])
})

test('M4: on a person’s page help comes first, then change, and a danger never first', () => {
  expect(arranged(ACTS)).toEqual({
    first: 'reactivate',
    help: ['code', 'time', 'exempt', 'unexempt', 'unservice'],
    change: ['role', 'profile', 'address', 'sessions', 'devices'],
    danger: ['reset', 'suspend', 'service', 'membership'],
  })
  expect(arranged(['reset', 'role', 'code'])).toEqual({ first: 'code', help: [], change: ['role'], danger: ['reset'] })
  expect(arranged(['suspend'])).toEqual({ first: null, help: [], change: [], danger: ['suspend'] })
})
