import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { call, workFolder } from './product'

let base: string | null = null

/** Debian as it is installed new, with Node and npm where the image of Node has them; once for all parties. */
export function debian(): string {
  if (base !== null) return base
  const folder = join(workFolder(), 'debian')
  const suite = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'
  const packages = '--include=ca-certificates,libstdc++6,passwd,systemd,systemd-sysv'
  call('mmdebstrap', ['--quiet', '--variant=essential', packages, suite, folder])
  const local = join(folder, 'usr/local')
  copyFileSync(process.execPath, join(local, 'bin/node'))
  chmodSync(join(local, 'bin/node'), 0o755)
  const global = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim()
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true })
  cpSync(join(global, 'npm'), join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
  call('chroot', [folder, 'useradd', '--uid', '1000', '--create-home', 'node'])
  base = folder
  return folder
}

/** How this machine reaches a registry, as pairs of a path here and one in there. */
export function registryPaths(): [from: string, to: string][] {
  const config = JSON.parse(execFileSync('npm', ['config', 'list', '--json'], { encoding: 'utf8' }))
  const pairs: [string, string][] = [
    ['/etc/ssl/certs', '/etc/ssl/certs'],
    ['/etc/resolv.conf', '/etc/resolv.conf'],
    [config.userconfig, '/root/.npmrc'],
    [config.globalconfig, '/usr/local/etc/npmrc'],
    [config.cache, '/root/.npm'],
  ]
  return pairs.filter(([from]) => existsSync(from))
}
