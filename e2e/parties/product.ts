import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder for the time of this run. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twofold-parties-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function call(command: string, args: readonly string[], cwd: string = root): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}

export const rootOnly = (): string | null =>
  process.getuid?.() === 0 ? null : 'This takes mounts and a network of its own: run it as root.'

let archive: string | null = null
let product: string | null = null

/** The archive, made as docs/operators.md says; once for all parties. */
export function packed(): string {
  if (archive !== null) return archive
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  call('npm', ['run', 'pack'])
  archive = join(root, `twofold-${version}.tar.gz`)
  return archive
}

/** The archive unpacked, with its packages: nothing of this folder is read from there. */
export function installed(): string {
  if (product !== null) return product
  const folder = workFolder()
  call('tar', ['--extract', '--strip-components=1', '--file', packed(), '--directory', folder])
  call('npm', ['ci'], folder)
  product = folder
  return folder
}
