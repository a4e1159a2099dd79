import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { placesOf } from './places'

type Value = string | number | string[] | { [key: string]: Value }

/** The MaxMind DB file format 2.0, data section. */
function encode(value: Value): Buffer {
  const field = (type: number, size: number) =>
    type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size])
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([field(2, bytes.length), bytes])
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([field(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([field(11, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([field(7, entries.length), ...entries.flatMap(([key, each]) => [encode(key), encode(each)])])
}

/** A file that knows one thing of 192.0.0.0/8, and nothing of any other address. */
function mmdb(known: Value): Buffer {
  const bits = [...(192).toString(2)]
  const record = (value: number) => Buffer.from([value >>> 16, (value >>> 8) & 0xff, value & 0xff])
  const nodes = bits.map((bit, index) => {
    const onward = index + 1 < bits.length ? index + 1 : bits.length + 16
    return Buffer.concat((bit === '0' ? [onward, bits.length] : [bits.length, onward]).map(record))
  })
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test-City',
    description: { en: 'Test' },
    ip_version: 4,
    languages: ['en'],
    node_count: bits.length,
    record_size: 24,
  }
  return Buffer.concat([
    ...nodes,
    Buffer.alloc(16),
    encode(known),
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    encode(metadata),
  ])
}

describe('places (D9)', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twofold-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const fileOf = async (name: string, content: Buffer) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const vienna: Value = {
    city: { names: { en: 'Vienna', de: 'Wien', ja: 'ウィーン' } },
    country: { names: { en: 'Austria', de: 'Österreich' } },
  }

  test('city and country in the reader’s language, in English where the file has no other', async () => {
    const placeOf = placesOf(await fileOf('city.mmdb', mmdb(vienna)))
    expect(placeOf('192.0.2.7', 'de')).toBe('Wien, Österreich')
    expect(placeOf('192.0.2.7', 'ja')).toBe('ウィーン, Austria')
    expect(placeOf('192.0.2.7', 'ko')).toBe('Vienna, Austria')
    expect(placeOf('192.0.2.7', 'en')).toBe('Vienna, Austria')
  })

  test('a file of countries gives the country', async () => {
    const placeOf = placesOf(await fileOf('country.mmdb', mmdb({ country: { names: { en: 'Austria' } } })))
    expect(placeOf('192.0.2.7', 'en')).toBe('Austria')
  })

  test('of an address that the file does not know, or that is none, there is no place', async () => {
    const placeOf = placesOf(await fileOf('city.mmdb', mmdb(vienna)))
    for (const address of ['198.51.100.1', '2001:db8::1', 'not an address', '', null]) {
      expect(placeOf(address, 'en')).toBeNull()
    }
    expect(placesOf(await fileOf('nothing.mmdb', mmdb({})))('192.0.2.7', 'en')).toBeNull()
  })

  test('no file, one that is not there and one that is none give no places, and no error', async () => {
    const files = [null, join(folder, 'missing.mmdb'), await fileOf('broken.mmdb', Buffer.from('not a database'))]
    for (const file of files) expect(placesOf(file)('192.0.2.7', 'en')).toBeNull()
  })
})
