import { describe, expect, test } from 'vitest'
import { endingOf, fits } from './korean'

describe('a Korean particle (X1)', () => {
  test.each([
    ['코드', 'open'],
    ['수단', 'closed'],
    ['메일', 'rieul'],
    ['이메일 주소', 'open'],
    ['2FA', 'open'],
    ['API', 'open'],
    ['URL', 'rieul'],
    ['example.com', 'closed'],
    ['10', 'closed'],
    ['7', 'rieul'],
    ['2', 'open'],
    ['2단계 인증(2FA)', 'closed'],
    ['로그의 끝(항목 3)', 'closed'],
    ['‘이메일’', 'rieul'],
    ['(2FA)', null],
    ['', null],
    ['名前', null],
  ])('%j ends %s', (word, ending) => {
    expect(endingOf(word)).toBe(ending)
  })

  test.each([
    ['수단', '이', '가'],
    ['수단', '은', '는'],
    ['수단', '을', '를'],
    ['수단', '과', '와'],
    ['수단', '으로', '로'],
    ['링크', '가', '이'],
    ['링크', '는', '은'],
    ['링크', '를', '을'],
    ['링크', '와', '과'],
    ['링크', '로', '으로'],
    ['이메일', '을', '를'],
    ['이메일', '로', '으로'],
    ['2FA', '를', '을'],
    ['10', '으로', '로'],
    ['7', '로', '으로'],
    ['2단계 인증(2FA)', '을', '를'],
  ])('after %s it is %s, never %s', (word, right, wrong) => {
    expect([fits(word, right), fits(word, wrong)]).toEqual([true, false])
  })
})
