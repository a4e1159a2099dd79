import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import subset from 'subset-font'

const FONTS = [
  { from: 'geist-sans/Geist-Variable.woff2', to: 'geist-sans.woff2' },
  { from: 'geist-mono/GeistMono-Variable.woff2', to: 'geist-mono.woff2' },
] as const

/** Latin with its marks, Vietnamese among them, and the marks of texts. Everything else is in a font of the system. */
const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0x24f],
  [0x300, 0x36f],
  [0x1e00, 0x1eff],
  [0x2010, 0x2027],
  [0x2030, 0x203a],
  [0x2190, 0x2193],
] as const
const SINGLE = '€™−≤≥×✓'

/** As light and as heavy as a page of ours has text (`font-normal` to `font-semibold`). */
export const WEIGHTS = { min: 400, max: 600 } as const

/** Every character that our fonts have. */
export function fontCharacters(): string {
  const ranged = RANGES.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, at) => String.fromCodePoint(first + at)),
  )
  return [...ranged, ...SINGLE].join('')
}

/** The fonts of pages: what Geist's variable ones have of these characters and weights. */
export async function makeFonts(): Promise<{ name: string; bytes: Buffer }[]> {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', 'geist', 'dist', 'fonts')
  return Promise.all(
    FONTS.map(async ({ from, to }) => {
      const options = { targetFormat: 'woff2', variationAxes: { wght: WEIGHTS } } as const
      return { name: to, bytes: await subset(readFileSync(join(folder, from)), fontCharacters(), options) }
    }),
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(import.meta.dirname, '..', '..', 'app', 'fonts')
  for (const { name, bytes } of await makeFonts()) writeFileSync(join(folder, name), bytes)
}
