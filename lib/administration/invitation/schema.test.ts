import { expect, test } from 'vitest'
import { readInvitationQuery } from './schema'

test.each([
  ['ann@b\u00fccher.example', 'ann@xn--bcher-kva.example'],
  ['Ann@B\u00dcCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  [' ANN', 'ann'],
  ['ann@b\u00fc', 'ann@b\u00fc'],
  ['', ''],
])('R10: an invitation is looked for by an address as people write it: %j', (q, search) => {
  expect(readInvitationQuery({ q })).toEqual({ search, from: 'first' })
})
