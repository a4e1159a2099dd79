import { expect, test } from 'vitest'
import { actsAmong } from './acts'

test('U6: of a guest the end of the membership is offered', () => {
  const facts = { status: 'setup_required', exemptions: true } as const
  expect(actsAmong(['see', 'end_membership'], facts)).toEqual(['membership'])
})
