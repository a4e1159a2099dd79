import { expect, test } from 'vitest'
import { hostOf, readStartUrl } from './rules'

test.each([
  ['', null],
  ['   ', null],
  ['https://intranet.example.com', 'https://intranet.example.com/'],
  [' https://Intranet.Example.com/start?x=1 ', 'https://intranet.example.com/start?x=1'],
  ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
])('X9: the start page typed as %j is %j', (typed, expected) => {
  expect(readStartUrl(typed)).toBe(expected)
})

test.each([
  'http://intranet.example.com',
  'javascript:alert(1)',
  'data:text/html,x',
  '//intranet.example.com',
  '/account',
  'intranet.example.com',
  'https://',
  'https://login.example.com@evil.example/',
  `https://example.com/${'x'.repeat(300)}`,
])('X9 S17: %j is no start page', (typed) => {
  expect(readStartUrl(typed)).toBeUndefined()
})

test('X9: the reader sees the host, a port too', () => {
  expect(hostOf('https://intranet.example.com:8443/start')).toBe('intranet.example.com:8443')
})
