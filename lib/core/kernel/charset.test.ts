import { expect, test } from 'vitest'
import { CharsetScan } from './charset'

function recognise(bytes: Uint8Array, size = bytes.length): string {
  const scan = new CharsetScan()
  for (let from = 0; from < bytes.length; from += size) scan.read(bytes.slice(from, from + size))
  return scan.end()
}

const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const utf8 = (text: string) => new Uint8Array(Buffer.from(text))
/** 氏名,山田 太郎,メール */
const SHIFT_JIS = latin('\x8e\x81\x96\xbc,\x8e\x52\x93\x63 \x91\xbe\x98\x59,\x83\x81\x81[\x83\x8b\n')
/** 이름,김민수,이메일 */
const EUC_KR = latin('\xc0\xcc\xb8\xa7,\xb1\xe8\xb9\xce\xbc\xf6,\xc0\xcc\xb8\xde\xc0\xcf\n')

test.each([
  ['ASCII', utf8('Email,Name\n'), 'utf-8'],
  ['UTF-8', utf8('Müller, 山田, 김민수 😀'), 'utf-8'],
  ['UTF-16 with its mark', new Uint8Array(Buffer.from('\ufeffMüller', 'utf16le')), 'utf-16le'],
  ['UTF-16 without one', new Uint8Array(Buffer.from('Email,Name', 'utf16le')), 'utf-16le'],
  ['UTF-16, the other way round', new Uint8Array(Buffer.from('\ufeffMüller', 'utf16le').swap16()), 'utf-16be'],
  ['German', latin('Müller, Jörg; Büro; Straße; Öztürk'), 'windows-1252'],
  ['French', latin('Hélène Lefèvre, Éloïse Crépin, Zoë, forêt, été'), 'windows-1252'],
  ['an apostrophe alone', latin('Liam O\x92Brien'), 'windows-1252'],
  ['Japanese of Windows', SHIFT_JIS, 'shift_jis'],
  ['Korean of Windows', EUC_KR, 'euc-kr'],
  ['a packed file', latin('PK\x03\x04\x00\x00\x00\x00'), 'binary'],
  ['nothing', new Uint8Array(), 'utf-8'],
])('X8: %s is recognised: %s', (_, bytes, charset) => {
  for (const size of [1, 3, 1000]) expect(recognise(bytes, size)).toBe(charset)
})

test('X8: a text of two halves, each in another encoding, is none of them', () => {
  expect(recognise(new Uint8Array([...utf8('Müller, Jörg\n'.repeat(50)), ...latin('Hübner\n')]))).toBe('mixed')
})
