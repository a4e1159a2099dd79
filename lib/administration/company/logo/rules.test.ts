import { expect, test } from 'vitest'
import { aJpeg, aPng } from '../../../testing/pictures'
import { MAX_LOGO_BYTES, readPicture, withoutNotes } from './rules'

test('X9: a PNG and a JPEG say how large they are, by their headers', () => {
  expect(readPicture(aPng({ width: 200, height: 80 }))).toEqual({ type: 'image/png', width: 200, height: 80 })
  for (const frame of [0xc0, 0xc1, 0xc2])
    expect(readPicture(aJpeg({ width: 300, height: 258, frame }))).toEqual({
      type: 'image/jpeg',
      width: 300,
      height: 258,
    })
})

test('X9 N36: a side has 1024 pixels at most, a file 128 KiB', () => {
  expect(readPicture(aPng({ width: 1024, height: 1024 }))).toMatchObject({ width: 1024, height: 1024 })
  for (const [width, height] of [
    [1025, 1],
    [1, 1025],
  ])
    expect(readPicture(aJpeg({ width, height }))).toBe('too_wide')
  const bytes = (length: number) => readPicture(aPng({ extra: [['tEXt', new Uint8Array(length)]] }))
  const bare = aPng({ extra: [['tEXt', new Uint8Array(0)]] }).length
  expect(bytes(MAX_LOGO_BYTES - bare)).toMatchObject({ type: 'image/png' })
  expect(bytes(MAX_LOGO_BYTES - bare + 1)).toBe('too_large')
  // Larger than any picture is drawn: nothing is made of the size that a header claims.
  expect(readPicture(pngWith(16, [0xff, 0xff, 0xff, 0xff]))).toBe('too_wide')
})

function pngWith(at: number, bytes: readonly number[]): Buffer {
  const png = aPng()
  png.set(bytes, at)
  return png
}
const text = (what: string) => Buffer.from(what, 'utf8')

test.each<[string, Uint8Array]>([
  ['nothing', text('')],
  ['an SVG', text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
  ['a GIF', text('GIF89a\x01\x00\x01\x00\x00\x00\x00;')],
  ['a page', text('<!doctype html><script>alert(1)</script>')],
  ['a PNG with a page behind it', Buffer.concat([aPng(), text('<script>alert(1)</script>')])],
  ['a JPEG with an archive behind it', Buffer.concat([aJpeg(), text('PK\x03\x04')])],
  ['a JPEG with another behind it', Buffer.concat([aJpeg(), aJpeg()])],
  ['a PNG that is cut off', aPng().subarray(0, -1)],
  ['a PNG that is cut off before its pixels', aPng().subarray(0, 33)],
  ['a JPEG that is cut off', aJpeg().subarray(0, -1)],
  ['a JPEG that is cut off in its frame', aJpeg().subarray(0, 25)],
  ['the first bytes of a PNG', aPng().subarray(0, 8)],
  ['the first bytes of a JPEG', aJpeg().subarray(0, 2)],
  ['a PNG that moves', aPng({ extra: [['acTL', new Uint8Array(8)]] })],
  ['a PNG with two headers', aPng({ extra: [['IHDR', new Uint8Array(13)]] })],
  ['a PNG of no width', pngWith(16, [0, 0, 0, 0])],
  ['a PNG whose first chunk is none of its own', pngWith(12, [0x49, 0x44, 0x41, 0x54])],
  ['a PNG whose chunk is longer than it', pngWith(8, [0x7f, 0xff, 0xff, 0xff])],
  ['a JPEG of no height', aJpeg({ height: 0 })],
  ['a JPEG without a frame', aJpeg({ frame: 0xc4 })],
])('X9 N36: %s is no logo', (_what, bytes) => {
  expect(readPicture(bytes)).toBe('no_picture')
})

test('N36: whatever byte of a picture is another, it is read or refused, and never fails', () => {
  for (const picture of [aPng(), aJpeg()])
    for (let at = 0; at < picture.length; at += 1)
      for (const byte of [0x00, 0x7f, 0xd9, 0xff]) {
        const changed = Buffer.from(picture)
        changed[at] = byte
        const read = readPicture(changed)
        expect(typeof read === 'string' ? read.length : read.width).toBeGreaterThan(0)
        // And what is kept of it is the same picture.
        if (typeof read !== 'string') expect(readPicture(withoutNotes(changed, read))).toEqual(read)
      }
})

function kept(bytes: Uint8Array): string {
  const read = readPicture(bytes)
  if (typeof read === 'string') throw new Error(read)
  return Buffer.from(withoutNotes(bytes, read)).toString('latin1')
}

test('X9: of a JPEG stays what is seen; who took it where, what it was before, and any word beside it goes', () => {
  const seen: [number, string][] = [
    [0xe2, 'ICC_PROFILE\0\x01\x01colours'],
    [0xee, 'Adobe\0d\0\0\0\0\x01'],
  ]
  const said: [number, string][] = [
    [0xe0, 'JFXX\0\x10 a small copy'],
    [0xe1, 'Exif\0\0MM\0* 52.5N 13.4E'],
    [0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>'],
    [0xe2, 'MPF\0 another picture'],
    [0xed, 'Photoshop 3.0\x008BIM'],
    [0xee, 'Ducky'],
    [0xef, 'of nobody'],
    [0xfe, 'a comment'],
  ]
  expect(kept(aJpeg({ extra: [...said, ...seen] }))).toBe(aJpeg({ extra: seen }).toString('latin1'))
  // The small copy within JFIF itself: one pixel of another colour.
  const jpeg = aJpeg()
  const copied = Buffer.concat([jpeg.subarray(0, 18), Buffer.from([1, 1, 9, 9, 9]), jpeg.subarray(20)])
  copied[5] = 19
  expect(kept(copied)).toBe(jpeg.toString('latin1'))
})

test('X9: of a PNG stays what is seen, and no text, time, Exif or chunk that nobody knows', () => {
  const bytes = Buffer.from('some bytes')
  const of = (names: readonly string[]) => aPng({ extra: names.map((name) => [name, bytes]) })
  const seen = ['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'pHYs']
  const said = ['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME', 'caBX', 'prVt']
  expect(kept(of([...said, ...seen, ...said]))).toBe(of(seen).toString('latin1'))
})
