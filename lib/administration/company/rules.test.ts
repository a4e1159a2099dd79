import { expect, test } from 'vitest'
import { hostOf, readHelpUrl, readStartUrl } from './rules'

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

test.each([
  ['', null],
  ['https://help.example.com/it', 'https://help.example.com/it'],
  [' mailto:IT@Example.com ', 'mailto:it@example.com'],
  ['MAILTO:it@bücher.example', 'mailto:it@xn--bcher-kva.example'],
  ['tel:+49 (30) 123-456', 'tel:+4930123456'],
  ['tel:400', 'tel:400'],
])('X9: the link for help typed as %j is %j', (typed, expected) => {
  expect(readHelpUrl(typed)).toBe(expected)
})

test.each([
  'http://help.example.com',
  'javascript:alert(1)',
  'mailto:',
  'mailto:it@example.com?bcc=all@example.com',
  'mailto:it@example.com,boss@example.com',
  'mailto:it@example.com%0Abcc:x@example.com',
  'mailto:i?t@example.com',
  'mailto:it＠example.com@evil.example',
  'mailto:it@exam\u200bple.com\u202e',
  'tel:',
  'tel:12',
  'tel:+49;ext=1',
  'tel:*21*123456#',
  'sms:+4930123456',
  'it@example.com',
])('X9 S17 S23: %j is no link for help', (typed) => {
  expect(readHelpUrl(typed)).toBeUndefined()
})
