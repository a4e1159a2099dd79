import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { days, later } from '../../core/kernel/time'
import { aPersonView, aTypePolicy } from '../../testing/rows'
import {
  addressNewUntil,
  contextWords,
  effectivePolicy,
  emailKey,
  GIVEN_ADDRESS_DAYS,
  homeOf,
  isConsoleRole,
  lookKey,
  mailboxCounts,
  mailWithheld,
  maskEmail,
  mayUsePages,
  normaliseEmail,
  searchKey,
  standsByThem,
  surnameKey,
  userTypeOf,
} from './rules'
import { type MembershipView, type Person, ROLES } from './types'

const POLICY = aTypePolicy({ sessionHours: 24 })

function member(id: string, more: Partial<MembershipView> = {}): MembershipView {
  const tenant = { id, slug: id, name: id, kind: 'customer', stage: 'production', timeZone: null } as const
  return { role: 'agent', userType: 'team', suspended: false, exemptUntil: null, tenant, policy: POLICY, ...more }
}

const person = (more: Partial<Person> = {}) => aPersonView([member('home')], more)

const normal = (typed: string) => {
  const result = normaliseEmail(typed)
  return result.ok ? result.value : null
}

const NOW = new Date('2026-11-20T09:00:00.000Z')

describe('normaliseEmail (S23)', () => {
  test.each([
    ['olga@example.com', 'olga@example.com'],
    ['  Olga@Example.COM\n', 'olga@example.com'],
    ['o.l-g_a+tag@sub.example.co.uk', 'o.l-g_a+tag@sub.example.co.uk'],
    ["o'neil@example.com", "o'neil@example.com"],
    ['ｏｌｇａ@ｅｘａｍｐｌｅ.com', 'olga@example.com'],
    ['Kelvin@example.com', 'kelvin@example.com'],
    ['olga@example。com', 'olga@example.com'],
    ['olga@bücher.example', 'olga@xn--bcher-kva.example'],
    ['olga@BU\u0308CHER.example', 'olga@xn--bcher-kva.example'],
    ['olga@xn--bcher-kva.example', 'olga@xn--bcher-kva.example'],
    ['olga@faß.de', 'olga@xn--fa-hia.de'],
    // What nobody sees does not make another domain.
    ['olga@exam\u00adple.com', 'olga@example.com'],
    ['olga@exam\u200bple.com', 'olga@example.com'],
  ])('S23: %j is the address %s', (typed, address) => {
    expect(normal(typed)).toBe(address)
  })

  test.each([
    ['a Cyrillic а', 'olga@exаmple.com'],
    ['a Greek ο', 'olga@eхample.cοm'],
    ['a dotless ı', 'olga@exampıe.com'],
    ['a turned letter', 'olga@exampłe.com'],
  ])('S23: a domain with %s is never the domain it looks like', (_what, typed) => {
    const address = normal(typed)
    expect(address).not.toBe('olga@example.com')
    expect(address).toMatch(/^olga@[a-z0-9-]*xn--/)
  })

  test.each([
    ['nothing', ''],
    ['no @', 'olga.example.com'],
    ['two @', 'olga@example@example.com'],
    ['a full-width @ beside it', 'olga＠evil.example@example.com'],
    ['a full-width @ alone', 'olga＠example.com'],
    ['a small @', 'olga﹫example.com'],
    ['a small @ beside it', 'olga@evil.example﹫example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'olga@'],
    ['a dotless domain', 'olga@localhost'],
    ['a trailing dot', 'olga@example.com.'],
    ['a leading dot in the domain', 'olga@.example.com'],
    ['two dots in the domain', 'olga@example..com'],
    ['a leading dot', '.olga@example.com'],
    ['a trailing dot before the @', 'olga.@example.com'],
    ['two dots before the @', 'ol..ga@example.com'],
    ['a quoted local part', '"olga owner"@example.com'],
    ['a quoted @', '"olga@evil.example"@example.com'],
    ['a comment', 'olga(comment)@example.com'],
    ['a display name', 'Olga <olga@example.com>'],
    ['a space inside', 'ol ga@example.com'],
    ['a space in the domain', 'olga@exam ple.com'],
    ['a no-break space', 'ol\u00a0ga@example.com'],
    ['a line feed', 'olga@example.com\nBcc: eve@evil.example'],
    ['a carriage return inside', 'olga@exam\rple.com'],
    ['a tab inside', 'olga@exam\tple.com'],
    ['a null', 'olga\u0000@example.com'],
    ['a null in the domain', 'olga@example.com\u0000'],
    ['a second recipient', 'olga@example.com,eve@evil.example'],
    ['a recipient behind a semicolon', 'olga@example.com;eve.evil.example'],
    ['an IPv4 address', 'olga@192.0.2.1'],
    ['a hexadecimal IPv4 address', 'olga@0xc0.0x0.0x2.0x1'],
    ['a shortened IPv4 address', 'olga@192.513'],
    ['an address literal', 'olga@[192.0.2.1]'],
    ['an IPv6 literal', 'olga@[IPv6:2001:db8::1]'],
    ['a port', 'olga@example.com:25'],
    ['a path', 'olga@example.com/x'],
    ['a slash made by NFKC', 'olga@example.com℀'],
    ['a back slash', 'olga@example.com\\evil.example'],
    ['a query', 'olga@example.com?x'],
    ['a fragment', 'olga@example.com#x'],
    ['a percent sign', 'olga@example%2ecom'],
    ['a percent sign made by NFKC', 'olga@example％2ecom'],
    ['an underscore in the domain', 'olga@ex_ample.com'],
    ['a label that begins with a hyphen', 'olga@-example.com'],
    ['a label that ends with a hyphen', 'olga@example-.com'],
    ['a numeric last label', 'olga@example.123'],
    ['broken Punycode', 'olga@xn--zzzzzz9999.com'],
    ['Punycode of what is plain', 'olga@xn--example-.com'],
    ['a letter that lower case makes two of', 'İ@example.com'],
    ['a letter outside ASCII', 'ølga@example.com'],
    ['a right-to-left mark', 'olga\u200f@example.com'],
    ['a right-to-left override', 'olga@\u202emoc.elpmaxe'],
    ['a lone surrogate', 'olga@exa\ud800mple.com'],
    ['a label of 64', `olga@${'a'.repeat(64)}.com`],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['a mailto link', 'mailto:olga@example.com'],
  ])('S23: %s is no address', (_what, typed) => {
    expect(normaliseEmail(typed)).toMatchObject({ ok: false, code: 'not_an_address' })
  })

  test('the longest parts are taken, one character more is not (RFC 5321 4.5.3.1)', () => {
    const local = 'a'.repeat(64)
    const label = 'b'.repeat(63)
    const rest = 254 - `${local}@${label}.${label}..com`.length
    const longest = `${local}@${label}.${label}.${'c'.repeat(rest)}.com`
    expect(longest).toHaveLength(254)
    expect(normal(longest)).toBe(longest)
    expect(normal(longest.replace('.com', 'c.com'))).toBeNull()
  })

  test('an address that IDNA makes too long is none, however short it was typed', () => {
    const label = Array.from({ length: 18 }, (_, index) => String.fromCodePoint(0xfc + ((index * 37) % 90))).join('')
    const typed = `olga@${Array(12).fill(label).join('.')}.com`
    expect(typed.length).toBeLessThan(254)
    expect(normal(typed)).toBeNull()
  })

  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.emailAddress(),
    fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.domain())
      .map(([local, domain]) => `${local}@${domain}`),
    fc.tuple(fc.emailAddress(), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat()).map(([address, extra, at]) => {
      const index = at % (address.length + 1)
      return `${address.slice(0, index)}${extra}${address.slice(index)}`
    }),
    fc.tuple(fc.webUrl(), fc.string()).map(([url, text]) => `${text}@${url}`),
  )

  test('S23: whatever was typed, the outcome is plain ASCII, one @, one recipient, and its own normal form', () => {
    fc.assert(
      fc.property(anything, (typed) => {
        const address = normal(typed)
        if (address === null) return
        expect(address).toMatch(
          /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+$/,
        )
        expect(address.length).toBeLessThanOrEqual(254)
        expect(normal(address)).toBe(address)
      }),
      { numRuns: 3000 },
    )
  })

  test('S23: case, width and white space around it make no other address', () => {
    const wide = (text: string) =>
      text.replace(/[a-z0-9]/g, (each) => String.fromCodePoint((each.codePointAt(0) ?? 0) + 0xfee0))
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        const address = normal(typed)
        if (address === null) return
        for (const other of [typed.toUpperCase(), ` ${typed}\t`, wide(typed.toLowerCase())]) {
          expect(normal(other)).toBe(address)
        }
      }),
    )
  })
})

describe('maskEmail (ASVS 14.2.6)', () => {
  test.each([
    ['olga@example.com', 'o•••@e•••.com'],
    ['o@e.de', 'o•••@e•••.de'],
    ['olga.owner+x@mail.sub.example.co.uk', 'o•••@m•••.uk'],
  ])('%s is shown as %s', (email, shown) => {
    expect(maskEmail(email)).toBe(shown)
  })

  test('shows one letter of each side and the last label, and tells no length', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        const address = normal(typed)
        if (address === null) return
        const last = address.slice(address.lastIndexOf('.'))
        expect(maskEmail(address)).toBe(`${address.charAt(0)}•••@${address.split('@')[1]?.charAt(0)}•••${last}`)
      }),
    )
  })
})

describe('roles', () => {
  test('U5: everybody but an end user is a team member', () => {
    expect(ROLES.map(userTypeOf)).toEqual(['team', 'team', 'team', 'end'])
  })

  test('S15: owners and admins alone have the console', () => {
    expect(ROLES.filter(isConsoleRole)).toEqual(['owner', 'admin'])
  })
})

describe('effectivePolicy', () => {
  test('U4: 2FA is in force where it is required or was turned on for oneself', () => {
    const asked = member('home', { policy: { ...POLICY, required: true } })
    expect(effectivePolicy(person())).toMatchObject({ required: false, inForce: false })
    expect(effectivePolicy(person({ twoFactorOn: true }))).toMatchObject({ required: false, inForce: true })
    expect(effectivePolicy(person({ memberships: [asked] }))).toMatchObject({ required: true, inForce: true })
  })

  test('U6: a host that requires it covers a guest', () => {
    const host = member('host', { policy: { ...POLICY, required: true, kinds: ['totp', 'passkey'] } })
    expect(effectivePolicy(person({ memberships: [member('home'), host] }))).toMatchObject({
      required: true,
      inForce: true,
      kinds: ['totp'],
    })
  })

  test('S8: a person nothing is known of is asked for everything', () => {
    expect(effectivePolicy(person({ memberships: [] }))).toMatchObject({
      required: true,
      inForce: true,
      idleMinutes: 15,
    })
  })
})

describe('an address that somebody else gave (R11)', () => {
  const given = new Date('2026-11-20T09:00:00.000Z')
  const until = later(given, days(7))

  test('R11: it is seven days', () => {
    expect(GIVEN_ADDRESS_DAYS).toBe(7)
  })

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('R11: %i ms after seven days it is too new: %s', (offset, isNew) => {
    const now = later(until, offset)
    const anyone = person({ addressGivenAt: given })
    expect(addressNewUntil(anyone, now)).toEqual(isNew ? until : null)
    expect(mailboxCounts(anyone, now)).toBe(!isNew)
    expect(mailWithheld(anyone, now)).toEqual(isNew ? { until } : null)
  })

  test('R11 S20: one that the person chose counts at once, but for a password that came by it', () => {
    expect(addressNewUntil(person(), given)).toBeNull()
    expect(mailboxCounts(person(), given)).toBe(true)
    expect(mailboxCounts(person({ passwordResetByMailAt: given }), later(until, 1))).toBe(false)
    const both = person({ passwordResetByMailAt: given, addressGivenAt: given })
    expect(mailWithheld(both, given)).toEqual({ until: null })
  })
})

describe('home', () => {
  test('U6: is the membership of the home tenant, and no other', () => {
    expect(homeOf(person())?.tenant.id).toBe('home')
    expect(homeOf(person({ memberships: [member('host'), member('home')] }))?.tenant.id).toBe('home')
    expect(homeOf(person({ memberships: [member('host')] }))).toBeNull()
    expect(homeOf(person({ memberships: [] }))).toBeNull()
  })

  test('S8, U8: suspended, suspended at home, a guest without a home, and a service may use no page', () => {
    expect(mayUsePages(person(), NOW)).toBe(true)
    expect(mayUsePages(person({ memberships: [member('home'), member('host', { suspended: true })] }), NOW)).toBe(true)
    expect(mayUsePages(person({ suspended: true }), NOW)).toBe(false)
    expect(mayUsePages(person({ kind: 'service' }), NOW)).toBe(false)
    const until = { kind: 'service', serviceUntil: NOW } as const
    expect(mayUsePages(person(until), new Date(NOW.getTime() - 1))).toBe(false)
    expect(mayUsePages(person(until), NOW)).toBe(true)
    expect(mayUsePages(person({ memberships: [member('home', { suspended: true })] }), NOW)).toBe(false)
    expect(mayUsePages(person({ memberships: [member('home', { suspended: true }), member('host')] }), NOW)).toBe(false)
    expect(mayUsePages(person({ memberships: [member('host')] }), NOW)).toBe(false)
  })
})

test('what lists search by: one width, one case, no Latin accents, single spaces, 200 characters at most', () => {
  expect(searchKey('  Ｏｌｇａ   OWNER ')).toBe('olga owner')
  expect(searchKey('Zoe\u0308')).toBe('zoe')
  expect(searchKey('Özgür Åkesson')).toBe('ozgur akesson')
  expect(searchKey('ガリレオ 김민수')).toBe('ガリレオ 김민수')
  expect(searchKey('Łukasz Sørensen Weiß Đoko Işık')).toBe('lukasz sorensen weiss doko isik')
  expect(searchKey('STRAẞE ÆØÅ ŒUVRE Þór Guðni Ħ Ŧ İ')).toBe('strasse aeoa oeuvre thor gudni h t i')
  expect(searchKey('x'.repeat(300))).toHaveLength(200)
})

test.each([
  ['ann@bücher.example', 'ann@bucher.example'],
  ['ann@xn--bcher-kva.example', 'ann@bucher.example'],
  ['ann@XN--BCHER-KVA.example', 'ann@bucher.example'],
  ['ann@straße.example', 'ann@strasse.example'],
  ['ann@xn--no.', 'ann@xn--no.'],
  ['xn--bcher-kva', 'xn--bcher-kva'],
  ['Ann', 'ann'],
])('what an address, or the beginning of one, is found by: %s', (typed, key) => {
  expect(emailKey(typed)).toBe(key)
})

test('a surname is looked for with the last word in front', () => {
  expect(surnameKey('Olga van Owner')).toBe('owner olga van')
  expect(surnameKey(' Cher ')).toBe('cher')
  expect(surnameKey('')).toBe('')
})

test('ASVS 6.1.2: the words of a person are name, address, their parts and the company', () => {
  const words = contextWords({ name: 'Olga van Owner', email: 'olga.owner+x@mail.example.com' }, 'Acme GmbH')
  expect(words).toEqual(
    expect.arrayContaining(['Olga van Owner', 'Olga', 'van', 'Owner', 'olga', 'owner', 'mail', 'example', 'Acme GmbH']),
  )
  expect(words).toContain('olga.owner+x@mail.example.com')
})

describe('names that look alike (N43)', () => {
  test.each([
    ['Ann Lee', 'Аnn Lee'],
    ['Ann Lee', 'Ann Lее'],
    ['Bill Ode', 'BiII Ode'],
    ['Olga', '0lga'],
    ['Emma', 'Ernrna'],
    ['Kim Park', 'Κim Рark'],
    ['Mara', 'Ｍara'],
    ['山田 力', '山田 カ'],
  ])('%s and %s look alike, and are not the same', (one, other) => {
    expect(lookKey(one)).toBe(lookKey(other))
  })

  test.each([
    ['Ann Lee', 'Ann Leo'],
    ['Иван', 'Ivan'],
    ['김민준', '김민수'],
    ['山田 太郎', '山田 大郎'],
  ])('%s and %s do not', (one, other) => {
    expect(lookKey(one)).not.toBe(lookKey(other))
  })

  test('a name has a key, whatever it is', () => {
    for (const name of ['\u0301', '\u3164', '🙂', 'I'.repeat(100)]) expect(lookKey(name)).not.toBe('')
  })
})

test('SE4: what somebody confirmed ends with their sign-ins, at home or in that company, and stands otherwise', () => {
  const at = new Date('2026-11-30T12:00:00.000Z')
  const [before, after] = [later(at, -1), later(at, 1)]
  const contained = (mark: Date) => member('host', { policy: { ...POLICY, sessionsVoidedAt: mark, trustFloor: mark } })
  expect(standsByThem(person(), member('home'), at)).toBe(true)
  expect(standsByThem(person({ devicesVoidedAt: before }), member('home'), at)).toBe(true)
  expect(standsByThem(person({ devicesVoidedAt: at }), member('home'), at)).toBe(false)
  expect(standsByThem(person({ devicesVoidedAt: after }), member('home'), at)).toBe(false)
  expect(standsByThem(person(), contained(before), at)).toBe(true)
  expect(standsByThem(person(), contained(after), at)).toBe(false)
})
