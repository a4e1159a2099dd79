import { expect, test } from 'vitest'
import { shownLink } from './links'

test.each([
  ['https://help.example.com:8443/it?x=1', 'help.example.com:8443'],
  ['mailto:it@example.com', 'it@example.com'],
  ['tel:+4930123456', '+4930123456'],
  ['http://help.example.com/', null],
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['/account', null],
  ['', null],
])('X9 S17: of %j a page shows %j', (href, shown) => {
  expect(shownLink(href)).toBe(shown)
})
