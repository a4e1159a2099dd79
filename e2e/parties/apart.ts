import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Check } from './types'

const root = fileURLToPath(new URL('../..', import.meta.url))
const WITHIN = 5 * 60_000

/** What a file of `inside` says of each of its checks, a line each. */
const TOLD = /^(ok|wrong)\t([^\t]*)\t(.*)$/

/**
 * Runs one of our files as root of mounts, processes and a network of its own: it may take any port and put anything in
 * the place of any folder, and nothing of it is seen outside or outlives it.
 */
export async function checksApart(file: string, args: readonly string[]): Promise<Check[]> {
  const spaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const script = ['--import', 'tsx', `e2e/parties/inside/${file}`, ...args]
  const child = spawn('unshare', [...spaces, process.execPath, ...script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: WITHIN,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      output += part
    })
  }
  const [code] = await once(child, 'close')
  const checks = output.split('\n').flatMap((line): Check[] => {
    const [, how, what = '', wrong = ''] = TOLD.exec(line) ?? []
    return how === undefined ? [] : [[what, () => (how === 'ok' ? null : wrong)]]
  })
  const whole = code === 0 && checks.length > 0
  return [...checks, [`${file} ${args[0]} came to its end`, () => (whole ? null : `${code}\n${output.slice(-4000)}`)]]
}
