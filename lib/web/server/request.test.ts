import fc from 'fast-check'
import { RequestCookies } from 'next/dist/server/web/spec-extension/cookies'
import { describe, expect, test } from 'vitest'
import { clientPrefix } from '../../credentials/throttle/rules'
import { allowedOrigins, clientAddress, contentSecurityPolicy, cookieIn, isOwnOrigin, referrerPolicy } from './request'

const SOCKET = '10.0.0.5'

describe('clientAddress (S24)', () => {
  test.each([
    // Without a trusted proxy, what a client writes counts for nothing.
    [0, null, SOCKET],
    [0, '203.0.113.9', SOCKET],
    [0, '203.0.113.9, 198.51.100.2', SOCKET],
    // One proxy: what it wrote is last, what the client wrote before that counts for nothing.
    [1, null, SOCKET],
    [1, '203.0.113.9', '203.0.113.9'],
    [1, '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    [1, '1.1.1.1,2.2.2.2 ,\t203.0.113.9 ', '203.0.113.9'],
    [1, '2001:db8::7', '2001:db8::7'],
    [1, '::ffff:203.0.113.9', '::ffff:203.0.113.9'],
    // Two: the outer one is the second from the end.
    [2, '203.0.113.9, 198.51.100.2', '203.0.113.9'],
    [2, '1.1.1.1, 203.0.113.9, 198.51.100.2', '203.0.113.9'],
    [3, '1.1.1.1, 203.0.113.9, 198.51.100.2, 198.51.100.3', '203.0.113.9'],
    // Too short: it did not come through the proxies.
    [2, '203.0.113.9', SOCKET],
    [2, '', SOCKET],
    [10, '1.1.1.1, 2.2.2.2', SOCKET],
    // As proxies write it: with a port, in brackets, in quotes, with a zone.
    [1, '203.0.113.9:51234', '203.0.113.9'],
    [1, '"203.0.113.9"', '203.0.113.9'],
    [1, '"203.0.113.9:51234"', '203.0.113.9'],
    [1, '[2001:db8::7]:443', '2001:db8::7'],
    [1, '[2001:db8::7]', '2001:db8::7'],
    [1, '"[2001:db8::7]:443"', '2001:db8::7'],
    [1, '[::ffff:203.0.113.9]:80', '::ffff:203.0.113.9'],
    [1, 'fe80::1%eth0', 'fe80::1'],
    [2, '1.1.1.1, "[2001:db8::7]:443", 198.51.100.2:80', '2001:db8::7'],
  ])('S24: behind %i proxies, X-Forwarded-For %j gives %s', (hops, header, address) => {
    expect(clientAddress(SOCKET, header, hops)).toBe(address)
  })

  test.each([
    'unknown',
    '_hidden',
    '999.1.1.1',
    '203.0.113',
    '0x7f.1',
    '017.0.0.1',
    '2130706433',
    '::::',
    '1:2:3',
    'fe80::g',
    "203.0.113.9'--",
    '203.0.113.9,',
    '203.0.113.9:',
    '203.0.113.9:99999999',
    '[203.0.113.9]',
    '2001:db8::7]:443',
    '"203.0.113.9',
    'for=203.0.113.9',
    '<script>',
  ])('S24: %j is a client of its own, never the proxy, and its name repeats nothing of it', (entry) => {
    const client = clientAddress(SOCKET, entry, 1)
    expect(client).toMatch(/^unreadable:[\w-]{8}$/)
    expect(clientAddress(SOCKET, `1.1.1.1, ${entry}`, 1)).toBe(client)
    expect(clientPrefix(client)).toBe(client)
    expect(clientPrefix(clientAddress(SOCKET, 'another', 1))).not.toBe(client)
  })

  test('S24: without a socket address and a proxy there is none', () => {
    expect(clientAddress(null, '203.0.113.9', 0)).toBeNull()
    expect(clientAddress(null, null, 1)).toBeNull()
    expect(clientAddress(null, 'garbage', 2)).toBeNull()
  })

  test('S24: whatever a client writes before what the proxies wrote changes nothing', () => {
    const forged = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })
    fc.assert(
      fc.property(forged, fc.integer({ min: 0, max: 3 }), (text, hops) => {
        const written = ['203.0.113.9', '198.51.100.2', '198.51.100.3'].slice(0, hops)
        const header = [text, ...written].join(', ')
        expect(clientAddress(SOCKET, header, hops)).toBe(hops === 0 ? SOCKET : '203.0.113.9')
      }),
      { numRuns: 500 },
    )
  })
})

describe('isOwnOrigin (ASVS 3.5.1)', () => {
  const OWN = 'https://login.example.com'
  const FOREIGN = [
    'https://evil.example',
    'http://login.example.com',
    'https://login.example.com:8443',
    'https://login.example.com.evil.example',
    'https://evil.login.example.com',
    'https://LOGIN.example.com',
    'https://login.example.com/',
    'https://login.example.com, https://evil.example',
    'null, https://login.example.com',
    '',
    'NULL',
    'file://',
    'http://localhost:3000',
  ]

  test.each([
    [OWN, 'same-origin', true],
    [null, 'same-origin', true],
    // A page of ours with no-referrer: the browser hides the origin and still says where it comes from.
    ['null', 'same-origin', true],
    [OWN, null, true],
    [null, null, false],
    ['null', null, false],
    [OWN, 'same-site', false],
    [OWN, 'cross-site', false],
    [OWN, 'none', false],
    [OWN, '', false],
    [OWN, 'Same-Origin', false],
    [OWN, 'same-origin, cross-site', false],
    [null, 'same-site', false],
    [null, 'cross-site', false],
    [null, 'none', false],
    ['null', 'cross-site', false],
  ])('Origin %j with Sec-Fetch-Site %j is ours: %s', (origin, site, own) => {
    expect(isOwnOrigin({ origin, site }, OWN)).toBe(own)
  })

  test('a foreign origin is never ours, whatever else is said', () => {
    for (const origin of FOREIGN)
      for (const site of ['same-origin', 'same-site', 'cross-site', 'none', null])
        expect(isOwnOrigin({ origin, site }, OWN), `${origin} ${site}`).toBe(false)
  })

  test('on this machine its other names are the same place, at the same port and scheme alone', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const publicUrl = `http://${host}:3000`
      expect([...allowedOrigins(publicUrl)].sort()).toEqual([
        'http://127.0.0.1:3000',
        'http://[::1]:3000',
        'http://localhost:3000',
      ])
      expect(isOwnOrigin({ origin: 'http://127.0.0.1:3000', site: 'same-origin' }, publicUrl)).toBe(true)
      for (const origin of [
        'http://localhost',
        'http://localhost:3001',
        'https://localhost:3000',
        'http://127.0.0.2:3000',
      ])
        expect(isOwnOrigin({ origin, site: 'same-origin' }, publicUrl)).toBe(false)
    }
    expect([...allowedOrigins('https://localhost')]).toEqual([
      'https://localhost',
      'https://127.0.0.1',
      'https://[::1]',
    ])
  })

  test('elsewhere PUBLIC_URL’s origin is the only one', () => {
    expect([...allowedOrigins('https://login.example.com')]).toEqual(['https://login.example.com'])
    expect([...allowedOrigins('https://login.example.com:8443')]).toEqual(['https://login.example.com:8443'])
  })
})

describe('contentSecurityPolicy (N31, ASVS 3.4.3)', () => {
  test('has exactly the directives of the table, with the nonce where it belongs', () => {
    expect(contentSecurityPolicy('NONCE', false).split('; ')).toEqual([
      "default-src 'self'",
      "script-src 'nonce-NONCE' 'strict-dynamic'",
      "style-src 'self' 'nonce-NONCE'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      'report-to csp',
    ])
  })

  test('S18: eval and inline styles are for development alone', () => {
    expect(contentSecurityPolicy('NONCE', false)).not.toMatch(/unsafe/)
    expect(contentSecurityPolicy('NONCE', true)).toMatch(/'unsafe-eval'/)
    expect(contentSecurityPolicy('NONCE', true)).toMatch(/object-src 'none'; base-uri 'none'/)
  })
})

test.each([
  ['/setup?token=abc', 'no-referrer'],
  ['/setup', 'no-referrer'],
  ['/setup/', 'no-referrer'],
  ['/link/reset?token=abc', 'no-referrer'],
  ['/invitation/abc', 'no-referrer'],
  ['/', 'same-origin'],
  ['/sign-in?return=%2Fsetup', 'same-origin'],
  ['/setups', 'same-origin'],
  ['/account/password', 'same-origin'],
])('ASVS 3.4.5: the page %s tells its address by %s', (path, policy) => {
  expect(referrerPolicy(path)).toBe(policy)
})

test('S29: a cookie is read as the framework reads it: without a space between two, and the last of two', () => {
  expect(cookieIn('a=1; b=2', 'b')).toBe('2')
  expect(cookieIn('a=1;b=2', 'b')).toBe('2')
  expect(cookieIn('b=1; b=2', 'b')).toBe('2')
  expect(cookieIn('xb=1; b', 'b')).toBeNull()
  const read = (header: string) => new RequestCookies(new Headers({ cookie: header })).get('b')?.value ?? null
  for (const header of ['a=1; b=2', 'a=1;b=2', 'b=1; b=2', 'b=1;  b=2', 'a=1;;b=2', 'b=; b=2'])
    expect(cookieIn(header, 'b'), header).toBe(read(header))
})
