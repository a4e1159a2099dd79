import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { toBase64Url } from '../core/crypto/encoding'
import { bitsOf, type Filter, fold, sizeFor } from '../credentials/password/breached/rules'
import { MINIMUM_WITH_SECOND_FACTOR } from '../credentials/password/rules'

const FILE = 'lib/credentials/password/breached/filter.json'

/** One password a line, as text or gzip, or a JSON list of them. */
function listOf(path: string): string[] {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return path.endsWith('.json') ? JSON.parse(text) : text.split(/\r?\n/)
}

/** Of what is long enough that anybody could choose it; the order of the lists does not matter. */
export function filterOf(lists: readonly (readonly string[])[]): Filter & { known: number } {
  const known = new Set(lists.flat().map((each) => fold(each.normalize('NFKC'))))
  const long = [...known].filter((each) => [...each].length >= MINIMUM_WITH_SECOND_FACTOR)
  const size = sizeFor(long.length)
  const bytes = new Uint8Array(size.bytes)
  for (const each of long) {
    for (const place of bitsOf(each, size)) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7))
  }
  return { known: known.size, entries: long.length, probes: size.probes, bits: toBase64Url(bytes) }
}

/** `npm run breached-filter -- <list>…` */
function main(paths: readonly string[]): void {
  if (paths.length === 0) throw new Error('Name the lists: files with one password a line, .gz, or a .json list.')
  const { about } = JSON.parse(readFileSync(FILE, 'utf8'))
  const filter = filterOf(paths.map(listOf))
  writeFileSync(FILE, `${JSON.stringify({ about, ...filter }, null, 2)}\n`)
  process.stdout.write(`${filter.entries} passwords of ${filter.known}, ${filter.bits.length} characters\n`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
