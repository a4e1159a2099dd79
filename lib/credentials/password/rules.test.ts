import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Role } from '../../identity/user/types'
import common from './common-passwords.json' with { type: 'json' }
import {
  checkPassword,
  MAXIMUM_BYTES,
  MAXIMUM_CODE_POINTS,
  MINIMUM_ALONE,
  MINIMUM_FLOOR,
  MINIMUM_WITH_SECOND_FACTOR,
  minimumLength,
  PRODUCT_WORDS,
} from './rules'

const context = [
  'Acme Corp',
  'jane.doe-4711@mail.acme.example',
  'Zoë van Dyk',
  '山田 太郎',
  '483920174839@post.example',
]

function refusal(password: string, minimum = 8): string | null {
  const result = checkPassword(password, { minimum, context })
  return result.ok ? null : result.code
}

/** Lower-case letters without runs, repetition or anything listed, the same each time. */
function unpredictable(length: number): string {
  return Array.from({ length }, (_, index) => 'tkxbfhgqzmwrvdplcnsjy'.charAt((21 * Math.SQRT2 * index ** 2) % 21)).join(
    '',
  )
}

describe('minimum length (N1, ASVS 6.2.1)', () => {
  test('the numbers are these', () => {
    expect([MINIMUM_FLOOR, MINIMUM_WITH_SECOND_FACTOR, MINIMUM_ALONE]).toEqual([8, 12, 15])
    expect([MAXIMUM_CODE_POINTS, MAXIMUM_BYTES]).toEqual([128, 512])
  })

  test.each([
    ['end_user', true, 12],
    ['end_user', false, 15],
    ['agent', true, 15],
    ['agent', false, 15],
    ['admin', true, 15],
    ['admin', false, 15],
    ['owner', true, 15],
    ['owner', false, 15],
    ['unheard of', true, 15],
  ])('%s with the second factor enforced %s: %i', (role, secondFactorEnforced, expected) => {
    expect(minimumLength({ role: role as Role, secondFactorEnforced })).toBe(expected)
  })

  test.each([12, 15])('of %i: one less is too short, as many and one more are accepted', (minimum) => {
    expect(refusal(unpredictable(minimum - 1), minimum)).toBe('too_short')
    expect(refusal(unpredictable(minimum), minimum)).toBeNull()
    expect(refusal(unpredictable(minimum + 1), minimum)).toBeNull()
  })

  test('code points count, not UTF-16 units, and no character is left out', () => {
    const emoji = '🦊🐙🌵🎻🧊🚲🪁🥝🧲🦉🎲🪐🍜🧭🛶'
    expect([...emoji].length).toBe(15)
    expect(refusal([...emoji].slice(0, 14).join(''), 15)).toBe('too_short')
    expect(refusal(emoji, 15)).toBeNull()
    expect(refusal(`${emoji}🪴`, 15)).toBeNull()
    expect(refusal(`  ${unpredictable(13)} `, 15)).toBeNull()
  })

  test('a form that NFKC shortens or lengthens does not count for more than it is', () => {
    const composed = 'éàüñçøåîêôûÿ'.slice(0, 11)
    expect([...composed.normalize('NFD')].length).toBeGreaterThan(15)
    expect(refusal(composed.normalize('NFD'), 12)).toBe('too_short')
    expect([...'\ufdfa'.normalize('NFKC')].length).toBe(18)
    expect(refusal('\ufdfa', 15)).toBe('too_short')
  })

  test('no setting goes below 8 (S18)', () => {
    expect(refusal(unpredictable(7), 0)).toBe('too_short')
    expect(refusal(unpredictable(7), Number.NEGATIVE_INFINITY)).toBe('too_short')
    expect(refusal(unpredictable(8), 0)).toBeNull()
    expect(refusal(unpredictable(40), Number.NaN)).toBe('too_short')
  })
})

describe('maximum length (ASVS 6.2.9)', () => {
  test.each([64, 65, 127, 128])('%i code points are accepted', (length) => {
    expect(refusal(unpredictable(length))).toBeNull()
  })

  test('129 code points are too long', () => {
    expect(refusal(unpredictable(129))).toBe('too_long')
  })

  test('128 emoji are 512 bytes and accepted, one more is too long', () => {
    const emoji = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x1f400 + ((index * 37) % 200))).join(
      '',
    )
    expect(Buffer.byteLength(emoji)).toBe(512)
    expect(refusal(emoji)).toBeNull()
    expect(refusal(`${emoji}🦊`)).toBe('too_long')
  })

  test('decomposed Korean of 128 syllables is accepted as what it is composed', () => {
    const syllables = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0xac01 + index * 83)).join('')
    expect([...syllables.normalize('NFD')].length).toBeGreaterThan(256)
    expect(checkPassword(syllables.normalize('NFD'), { minimum: 15, context })).toEqual({ ok: true, value: syllables })
  })

  test('a megabyte is refused before any work on it', () => {
    const normalize = vi.spyOn(String.prototype, 'normalize')
    const result = refusal('\ufdfa'.repeat(350_000))
    const calls = normalize.mock.calls.length
    normalize.mockRestore()
    expect(result).toBe('too_long')
    expect(calls).toBe(0)
  })
})

describe('the value', () => {
  test('is the NFKC form and otherwise unchanged (ASVS 6.2.8)', () => {
    const check = (password: string) => checkPassword(password, { minimum: 8, context: [] })
    expect(check('Cafe\u0301 de\uff11\uff12 la Gare')).toEqual({ ok: true, value: 'Caf\u00e9 de12 la Gare' })
    expect(check(' MiXed\tCase  and "signs" ')).toEqual({ ok: true, value: ' MiXed\tCase  and "signs" ' })
  })
})

describe('common passwords (ASVS 6.2.4)', () => {
  const list = common.passwords
  const forms = (password: string) => [
    password,
    password.toUpperCase(),
    password.charAt(0).toUpperCase() + password.slice(1),
  ]

  test('the list is large, lower case, without doubles, and small enough to carry', () => {
    expect(list.filter((password) => password.length >= 8).length).toBeGreaterThan(14_000)
    expect(new Set(list).size).toBe(list.length)
    expect(list.every((password) => password === password.toLowerCase() && /^[\x21-\x7e]{4,}$/.test(password))).toBe(
      true,
    )
    expect(Buffer.byteLength(list.join('\n'))).toBeLessThan(300_000)
  })

  test.each([8, 12])(
    'the first 3 000 that fit a minimum of %i are refused in lower, upper and capitalised form',
    (minimum) => {
      const fitting = list.filter((password) => password.length >= minimum).slice(0, 3_000)
      expect(fitting.length).toBe(3_000)
      const check = (password: string) => checkPassword(password, { minimum, context: [] })
      expect(fitting.flatMap(forms).filter((password) => check(password).ok)).toEqual([])
    },
  )

  test.each(['password', 'Baseball', 'TRUSTNO1', 'p@ssw0rd', 'iloveyou', 'iloveyouforever', 'MichaelJackson'])(
    '%s is refused',
    (password) => {
      expect(refusal(password)).toBe('common')
    },
  )

  test.each([
    // One character, runs and walks.
    'aaaaaaaaaaaaaaa',
    '123456789012345',
    '987654321098765',
    'abcdefghijklmno',
    'zyxwvutsrqponml',
    'qwertyuiopasdfg',
    'poiuytrewqlkjhg',
    'qwertzuiopasdfgh',
    'azertyuiopqsdfgh',
    "asdfghjkl;'zxcv",
    'Qwerty123456789',
    '123qweasdzxc',
    '1qaz2wsx3edc4rfv',
    'zaq1xsw2cde3',
    '1q2w3e4r5t6y7u8i',
    'qazwsxedcrfvtgb',
    '1qaz!QAZ2wsx@WSX',
    'aaaabbbbcccc',
    'qwerty2024qwerty',
    '1985198619872024',
    '!@#$%^&*()_+',
    // One piece again and again.
    'letmeinletmein',
    'abcabcabcabcabca',
    'Hunter2hunter2',
    'ab12ab12ab12ab12',
    'elevensigns' + 'elevensigns',
    '🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊',
    // One common word with something around it.
    'Sunshine2024!!!',
    'password123456!',
    'P@ssw0rd2024!!!',
    'Dragon1234567',
    'trustno1!!!!!!!',
    '123456trustno1!',
    '20242024baseball1',
    'Winter2024!!!',
    '2024Baseball!',
    '!!!!!!welcome!!!!!!',
    'p\u00e4ssw\u00f6rd1234567',
  ])('%s is of a family that is refused', (password) => {
    expect(refusal(password)).toBe('common')
  })

  test.each([
    'correct horse battery staple',
    'correcthorsebatterystaple',
    'sunshine and baseball',
    'elephantumbrellacomputer',
    'password is not my password',
    'sunshine7294018',
    'my dog ate 1234 homeworks',
    'Tr0ub4dor&3 forever',
    'the qwerty layout is old',
    'были бы пироги к чаю',
    '我喜欢在雨天喝热茶看旧书听收音机',
    'vyJ4QxTqk2mP8zA',
    'twelve signs' + 'twelve signs',
  ])('%s is accepted', (password) => {
    expect(refusal(password)).toBeNull()
  })
})

describe('context words (ASVS 6.1.2, 6.2.11)', () => {
  test.each([
    'Acme2024!',
    'ACME-2024-!!',
    '!!!2024acme',
    'acmeacmeacme',
    'Acme!Acme!Acme',
    'acme1acme2acme3',
    'AcmeCorp2024',
    'corp acme 99',
    'JaneDoe1985',
    'jane.doe.acme',
    'doejane4711!!!!',
    'zoe-12345678',
    'ZOË12345678',
    'vandyk2024!',
    '山田太郎12345678',
    '483920174839',
    '483920174839!1',
    'Twofold2024!',
    'twofoldtwofold',
    'two-factor-2024',
    '\uff41\uff43\uff4d\uff452024',
  ])('%s is refused', (password) => {
    expect(refusal(password)).toBe('context')
  })

  test.each([
    'an acme anvil fell on me',
    'Acmexvqz2024!',
    'xvqzacme2024!',
    'jane likes rainy days',
    'twofold wooden rulers',
    '483920174830',
  ])('%s is accepted', (password) => {
    expect(refusal(password)).toBeNull()
  })

  test('every word, in any case, with digits and signs around it, is refused', () => {
    const words = [...PRODUCT_WORDS, 'acme', 'corp', 'jane', 'doe', 'zoe', 'dyk', '山田', '太郎', 'example']
    const padding = fc.string({ unit: fc.constantFrom(...'0123456789!?-_. #'), maxLength: 12 })
    fc.assert(
      fc.property(fc.constantFrom(...words), padding, padding, fc.boolean(), (word, before, after, upper) => {
        const password = `${before}${upper ? word.toUpperCase() : word}${after}`.padEnd(15, '7')
        expect(refusal(password, 15)).toBe('context')
      }),
    )
  })

  test('without context the same are judged by the lists alone', () => {
    expect(checkPassword('acmexcorp4711', { minimum: 12, context: [] }).ok).toBe(true)
    expect(checkPassword('12345 678901 234567', { minimum: 12, context: ['', '12345', 'a b c', '...'] })).toMatchObject(
      {
        code: 'common',
      },
    )
  })
})

describe('no composition rules (ASVS 6.2.5)', () => {
  test.each([
    ['lower case', 'abcdefghijklmnopqrstuvwxyz'],
    ['upper case', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
    ['digits', '0123456789'],
    ['signs', '!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~'],
    ['Cyrillic', 'абвгдежзийклмнопрстуфхцчшщъыьэюя'],
    ['kana', 'あいうえおかきくけこさしすせそたちつてと'],
    ['emoji', '🦊🐙🌵🎻🧊🚲🪁🥝🧲🦉🎲🪐🍜🧭🛶'],
  ])('long enough strings of nothing but %s are accepted', (_, alphabet) => {
    const characters = Array.from(alphabet)
    const index = fc.noBias(fc.nat(characters.length - 1))
    fc.assert(
      fc.property(fc.array(index, { minLength: 15, maxLength: 60, size: 'max' }), (indexes) => {
        // Not mostly neighbours in the alphabet, nor years, nor a short cycle.
        const steps = indexes.slice(1).map((value, at) => Math.abs(value - (indexes[at] ?? 0)))
        fc.pre(steps.filter((step) => step > 1 && step < characters.length - 1).length > indexes.length / 2)
        fc.pre(new Set(indexes).size > 5)
        const password = indexes.map((value) => characters[value]).join('')
        fc.pre(!/(19|20)\d\d/.test(password))
        expect(checkPassword(password, { minimum: 15, context: ['Acme', 'jane@acme.example'] })).toEqual({
          ok: true,
          value: password.normalize('NFKC'),
        })
      }),
      { numRuns: 300 },
    )
  })
})
