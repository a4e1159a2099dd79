import type { IncomingHttpHeaders } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areFrameworkHeaders, isInternal, readTarget } from './request-line'

const OURS = 'https://login.example.com'
const HEAD = { method: 'GET', version: '1.1', rawHeaders: ['Host', 'login.example.com'] }
const read = (target: string, more: Partial<typeof HEAD> = {}, publicUrl = OURS) =>
  readTarget({ ...HEAD, ...more, target }, publicUrl)

describe('N37: the target of a request line (RFC 9112 3.2)', () => {
  test.each([
    ['/', '/'],
    ['/sign-in?return=%2Faccount', '/sign-in?return=%2Faccount'],
    ['//evil.example/x', '//evil.example/x'],
    ['/https://evil.example', '/https://evil.example'],
    ['https://login.example.com/sign-in?x=1', '/sign-in?x=1'],
    ['http://login.example.com/', '/'],
    ['HTTPS://LOGIN.EXAMPLE.COM/Path', '/Path'],
    ['https://login.example.com', '/'],
    ['https://login.example.com?x=1', '/?x=1'],
    ['https://login.example.com/a/../b//c', '/a/../b//c'],
  ])('N37: %s is read as %s', (target, path) => {
    expect(read(target)).toBe(path)
  })

  test.each([
    '*',
    '',
    'sign-in',
    'login.example.com:443',
    'https://evil.example/',
    'https://login.example.com.evil.example/',
    'https://evil.example@login.example.com/',
    'https://login.example.com@evil.example/',
    'https://login.example.com:8443/',
    'https://login.example.com\\@evil.example/',
    'ftp://login.example.com/',
    'https:/login.example.com/',
    'https:///',
    '/a#b',
    '/a\\b',
    '/a b',
    '/a\u0000',
    '/ä',
    'javascript:alert(1)',
  ])('N37: %j is refused', (target) => {
    expect(read(target)).toBeNull()
  })

  test('N37: on this machine its other names are the same place', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(read(`http://${host}:3000/sign-in`, {}, 'http://localhost:3000')).toBe('/sign-in')
    expect(read('http://localhost:3001/sign-in', {}, 'http://localhost:3000')).toBeNull()
  })

  test.each([
    ['HTTP/0.9', { version: '0.9' }],
    ['HTTP/2.0 by a line', { version: '2.0' }],
    ['two Host lines', { rawHeaders: ['Host', 'login.example.com', 'host', 'evil.example'] }],
    ['the same Host line twice', { rawHeaders: ['Host', 'login.example.com', 'Host', 'login.example.com'] }],
  ])('N37: %s is refused', (_what, more) => {
    expect(read('/', more)).toBeNull()
  })

  test('N37: HTTP/1.0 is what proxies speak, and a header whose value is "host" is none', () => {
    expect(read('/', { version: '1.0', rawHeaders: [] })).toBe('/')
    expect(read('/', { rawHeaders: ['Host', 'login.example.com', 'X-Name', 'host'] })).toBe('/')
  })

  test('N37: whatever is let through begins with a slash and has no character beyond what may stand there', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    const targets = fc.oneof(
      text,
      text.map((rest) => `${OURS}${rest}`),
      text.map((rest) => `/${rest}`),
    )
    fc.assert(
      fc.property(targets, (target) => /^\/[\x21-\x7e]*$/.test(read(target) ?? '/')),
      { numRuns: 1000 },
    )
  })
})

describe('N37: headers of the framework', () => {
  const tree = (value: unknown) => encodeURIComponent(JSON.stringify(value))
  const STATE = tree(['', { children: ['__PAGE__', {}, null, null] }, null, null, 16])
  const ACTION = 'a0'.repeat(21)
  const fits = (headers: IncomingHttpHeaders, method = 'GET') => areFrameworkHeaders(headers, method)

  test('N37: as its script writes them they pass', () => {
    for (const headers of [
      {},
      { rsc: '1' },
      { rsc: '1', 'next-router-state-tree': STATE, 'next-url': '/account' },
      { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' },
      { rsc: '1', 'next-router-prefetch': '2', 'next-router-state-tree': STATE },
    ])
      expect(fits(headers), JSON.stringify(headers)).toBe(true)
    expect(fits({ 'next-action': ACTION, 'next-router-state-tree': STATE }, 'POST')).toBe(true)
  })

  test.each<[string, IncomingHttpHeaders]>([
    ['a tree that is no JSON', { rsc: '1', 'next-router-state-tree': '{' }],
    ['a tree with an escape that is none', { rsc: '1', 'next-router-state-tree': '%ff' }],
    ['a tree of another shape', { rsc: '1', 'next-router-state-tree': tree({ children: [] }) }],
    ['a tree that is a number', { rsc: '1', 'next-router-state-tree': '7' }],
    ['a tree as large as headers may be', { rsc: '1', 'next-router-state-tree': tree(['x'.repeat(50_000), {}]) }],
    ['a tree without RSC', { 'next-router-state-tree': '[' }],
    ['RSC by another word', { rsc: 'true' }],
    ['RSC twice', { rsc: '1, 1' }],
    ['a prefetch by another word', { rsc: '1', 'next-router-prefetch': 'x' }],
    ['a segment that is no path', { rsc: '1', 'next-router-segment-prefetch': '../..' }],
    ['a segment with nothing in it', { rsc: '1', 'next-router-segment-prefetch': '' }],
    ['a page that is no path', { rsc: '1', 'next-url': 'https://evil.example/' }],
  ])('N37: %s is refused', (_what, headers) => {
    expect(fits(headers)).toBe(false)
    expect(fits(headers, 'POST')).toBe(false)
  })

  test.each(['', '0', 'x'.repeat(42), 'a0'.repeat(22), `${ACTION}, ${ACTION}`, ACTION.toUpperCase()])(
    'N37: an action called %j is refused',
    (name) => {
      expect(fits({ 'next-action': name }, 'POST')).toBe(false)
    },
  )

  test('N37: an action is no GET', () => {
    expect(fits({ 'next-action': ACTION })).toBe(false)
  })

  test.each([
    'x-middleware-subrequest',
    'x-nextjs-data',
    'x-invoke-path',
    'x-now-route-matches',
    'x-matched-path',
    'x-prerender-revalidate',
    'next-resume',
    'next-hmr-refresh',
  ])('ASVS 4.1.3: %s is what the framework says to itself', (name) => {
    expect(isInternal(name)).toBe(true)
  })

  test('ASVS 4.1.3: what its script says is not', () => {
    for (const name of [
      'rsc',
      'next-url',
      'next-action',
      'next-router-state-tree',
      'next-router-prefetch',
      'x-requested-with',
    ])
      expect(isInternal(name), name).toBe(false)
  })
})
