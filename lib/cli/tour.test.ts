import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name).sort()

test('X12: every picture of README is made by the command that it names, and there', () => {
  const shown = all(read('README.md'), /\]\(docs\/([\w-]+\.png)\)/g)
  expect(shown).toEqual(all(read('e2e/tour/pictures.ts'), /'([\w-]+\.png)'/g))
  expect(shown.filter((name) => !existsSync(join(root, 'docs', name)))).toEqual([])
  expect(JSON.parse(read('package.json')).scripts.tour).toContain('e2e/tour/config.ts')
})
