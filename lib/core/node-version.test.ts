import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { refusalOf } from './node-version'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the version of Node', () => {
  test.each(['v22.15.0', 'v22.23.3', 'v24.0.0', 'v24.22.3', 'v26.0.0', 'v27.1.0'])('%s is taken', (version) => {
    expect(refusalOf(version)).toBeNull()
  })

  test.each(['v18.20.8', 'v20.20.2', 'v22.14.0', 'v23.11.1', 'v25.9.0'])('%s is refused with what to do', (version) => {
    expect(refusalOf(version)).toMatch(new RegExp(`this is ${version.replaceAll('.', '\\.')}: install Node 24`))
  })

  test.each(['lib/web/server/main.ts', 'lib/cli/main.ts', 'lib/cli/build.ts', 'e2e/support/run-all.ts'])(
    '%s stops with one sentence on a Node that is too old, before it reads anything else',
    async (script) => {
      const older = `data:text/javascript,Object.defineProperty(process, 'version', { value: 'v20.20.2' })`
      const started = promisify(execFile)(process.execPath, ['--import', 'tsx', '--import', older, script], {
        cwd: root,
      })
      await expect(started).rejects.toMatchObject({ code: 1, stdout: '', stderr: `${refusalOf('v20.20.2')}\n` })
    },
  )
})
