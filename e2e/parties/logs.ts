import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { provideCommand } from '../support/tools'
import { root, rootOnly, workFolder } from './product'
import type { Check, Party } from './types'
import { commandsBelow } from './unit'

const LINES = 1000

/** X12: deploy/logrotate as the guide says it, on a file that somebody keeps open and goes on writing to. */
export const logs: Party = {
  name: 'logrotate',
  provide: () => rootOnly() ?? provideCommand('logrotate', 'logrotate'),
  checks: (): readonly Check[] => {
    const work = workFolder()
    const folder = join(work, 'log')
    mkdirSync(folder)
    const file = join(folder, 'twofold.log')
    // In this folder, and by the account of this machine.
    const settings = readFileSync(join(root, 'deploy/logrotate'), 'utf8')
      .replace('/var/log/twofold/', `${folder}/`)
      .replace('su twofold twofold', 'su root root')
    const installed = join(work, 'twofold')
    writeFileSync(installed, settings)
    chmodSync(installed, 0o644)
    const rotate = (...options: string[]) =>
      spawnSync('logrotate', ['--state', join(work, 'state'), ...options, installed], { encoding: 'utf8' })
    return [
      [
        'takes the file as the guide has it installed',
        () => {
          const commands = commandsBelow('Log').join('')
          if (!commands.includes('logrotate --debug /etc/logrotate.d/twofold')) return 'the guide says something else'
          const { status, stderr } = rotate('--debug')
          return status === 0 && !/error/i.test(stderr) ? null : stderr
        },
      ],
      [
        'rotates a file that stays open, and loses no line that was written before',
        () => {
          const handle = openSync(file, 'a')
          for (let n = 0; n < LINES; n += 1) writeSync(handle, `{"n":${n}}\n`)
          const { status, stderr } = rotate('--force')
          writeSync(handle, '{"n":"after"}\n')
          closeSync(handle)
          appendFileSync(file, '')
          const [rotated] = readdirSync(folder).filter((name) => name !== 'twofold.log')
          if (status !== 0 || rotated === undefined) return stderr
          const kept = readFileSync(join(folder, rotated), 'utf8').trimEnd().split('\n')
          const fresh = readFileSync(file, 'utf8')
          return kept.length === LINES && fresh === '{"n":"after"}\n' ? null : `${kept.length} lines, then ${fresh}`
        },
      ],
    ]
  },
}
