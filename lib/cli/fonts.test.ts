import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LOCALES } from '../i18n/locales'
import { fontCharacters, makeFonts, WEIGHTS } from './fonts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path))

function filesIn(folder: string, ending: RegExp): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => ending.test(name)).map((name) => `${folder}/${name}`)
}

test('the fonts of pages are what `npm run fonts` makes of Geist', async () => {
  for (const { name, bytes } of await makeFonts()) expect(bytes.equals(read(`app/fonts/${name}`)), name).toBe(true)
})

test('every letter that our texts have is in them, but those of Japanese and Korean', () => {
  const known = new Set(fontCharacters())
  const elsewhere = /[\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Han}\p{scx=Hangul}\u3000-\u303f\uff00-\uffef\n]/u
  const texts = LOCALES.map((locale) => read(`lib/i18n/messages/${locale}.json`).toString())
  const missing = new Set([...texts.join('')].filter((each) => !known.has(each) && !elsewhere.test(each)))
  expect([...missing]).toEqual([])
})

test('no page asks for a weight that they do not have', () => {
  const weights = { thin: 100, extralight: 200, light: 300, normal: 400, medium: 500, semibold: 600, bold: 700 }
  const used = ['app', 'components'].flatMap((folder) =>
    filesIn(folder, /\.tsx$/).flatMap((path) =>
      [
        ...read(path)
          .toString()
          .matchAll(/\bfont-(thin|extralight|light|normal|medium|semibold|bold|extrabold|black)\b/g),
      ].map(([, name]) => name ?? ''),
    ),
  )
  expect(used.length).toBeGreaterThan(20)
  const outside = used.filter((name) => {
    const weight = Object.entries(weights).find(([each]) => each === name)?.[1] ?? 900
    return weight < WEIGHTS.min || weight > WEIGHTS.max
  })
  expect(outside).toEqual([])
})
