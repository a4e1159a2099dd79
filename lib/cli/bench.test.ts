import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isWorse, readResults } from '../../e2e/bench/results'

const root = join(import.meta.dirname, '..', '..')

describe('npm run bench', () => {
  const bench = (...words: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'e2e/bench/main.ts', ...words], { cwd: root }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )

  test('says what it can do instead of doing it', async () => {
    const { code, stdout } = await bench('--help')
    expect(code).toBe(0)
    for (const part of ['sign-in', 'flat', 'instances', 'peers', '--people=N']) expect(stdout).toContain(part)
  })

  test.each([['sing-in'], ['sign-in', '--help-me'], ['measure', '--people=many'], ['flat', '--people=0']])(
    'does nothing where a word is no part and no option: %s %s',
    async (...words) => {
      const { code, stdout, stderr } = await bench(...words)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^(sing-in is no part|--\S+ is no option)\./)
    },
  )
})

describe('results of npm run bench', () => {
  test('are read from the table that it writes', () => {
    const page = `text\n| Figure | SQLite | PostgreSQL | Aim |\n|---|---|---|---|
| sign-ins, to hashes | 0.61 | 0.58 | at least 0.85 |
| statements | 30 |  | at most 16 |\n`
    expect(readResults(page)).toEqual({
      SQLite: { 'sign-ins, to hashes': 0.61, statements: 30 },
      PostgreSQL: { 'sign-ins, to hashes': 0.58 },
    })
  })

  test('are worse from a fifth on, in the direction that is bad', () => {
    expect([isWorse({ better: 'more' }, 0.6, 0.51), isWorse({ better: 'more' }, 0.6, 0.49)]).toEqual([false, true])
    expect([isWorse({ better: 'less' }, 1.5, 1.79), isWorse({ better: 'less' }, 1.5, 1.81)]).toEqual([false, true])
    expect(isWorse({ better: 'less' }, 0.01, 0.02)).toBe(false)
  })
})
