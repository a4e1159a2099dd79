import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parseKeyRing } from '../../lib/core/crypto/keys'
import { provideCommand } from '../support/tools'
import { checksApart } from './apart'
import { debian, registryPaths } from './debian'
import { call, root, rootOnly, workFolder } from './product'
import type { Check, Party } from './types'
import { commandsBelow } from './unit'

const BASE = 'localhost/node:24'
const IMAGE = 'localhost/twofold:here'

/** What the Dockerfile makes: the files of the image, and how it is started. */
function build(): { files: string; config: string } {
  const work = workFolder()
  const place = ['--root', join(work, 'images'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs']
  const buildah = (...args: string[]) =>
    execFileSync('buildah', [...place, ...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const at = (name: string) => buildah('mount', name).trim()

  buildah('from', '--name', 'base', 'scratch')
  call('cp', ['--archive', `${debian()}/.`, at('base')])
  buildah('umount', 'base')
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'base')
  buildah('commit', '--rm', 'base', BASE)

  const mounts = registryPaths()
    .filter(([from]) => from !== '/etc/resolv.conf')
    .flatMap(([from, to]) => ['--volume', `${from}:${to}${to === '/root/.npm' ? '' : ':ro'}`])
  const how = ['--isolation', 'chroot', '--format', 'docker', '--pull-never', '--build-arg', `NODE=${BASE}`]
  call('buildah', [...place, 'bud', ...how, ...mounts, '--tag', IMAGE, '.'])
  buildah('from', '--name', 'made', '--pull-never', IMAGE)
  const config = JSON.parse(buildah('inspect', '--type', 'image', IMAGE)).Docker.config
  const file = join(work, 'config.json')
  writeFileSync(file, JSON.stringify(config))
  return { files: at('made'), config: file }
}

/** X12: the image by buildah, on a Debian made by mmdebstrap in the place of the image of Node. */
export const image: Party = {
  name: 'the container image (buildah)',
  provide: () =>
    rootOnly() ??
    provideCommand('mmdebstrap', 'mmdebstrap') ??
    provideCommand('buildah', 'buildah') ??
    provideCommand('ip', 'iproute2'),
  checks: async () => {
    const { files, config } = build()
    return checksApart('image.ts', [files, config])
  },
}

/** X12: compose.yaml is read by the program it is for, with .env as the guide makes it. */
export const compose: Party = {
  name: 'compose.yaml (docker-compose)',
  provide: () => provideCommand('docker-compose', 'docker-compose'),
  checks: () => {
    const folder = workFolder()
    for (const file of ['compose.yaml', '.env.example', 'deploy']) {
      cpSync(join(root, file), join(folder, file), { recursive: true })
    }
    const [commands = ''] = commandsBelow('Containers')
    call('bash', ['-ec', commands], folder)
    const env = join(folder, '.env')
    const read = (settings: string) => {
      writeFileSync(env, settings)
      const said = spawnSync('docker-compose', ['config'], { cwd: folder, env: process.env })
      return said.status === 0 ? said.stdout.toString() : `refused: ${said.stderr}`
    }
    const made = readFileSync(env, 'utf8')
    const named = made.replace(/^PUBLIC_URL=$/m, 'PUBLIC_URL=https://login.example.com')
    const password = parseEnv(made).POSTGRES_PASSWORD ?? ''
    const holds = (what: string, settings: string, part: string): Check => [
      what,
      () => (read(settings).includes(part) ? null : read(settings)),
    ]
    return [
      [
        'the guide’s commands make a key ring that the service takes',
        () => {
          const ring = parseKeyRing(parseEnv(made).SECRET_KEYS ?? '')
          return ring.ok && password.length === 48 ? null : 'they do not'
        },
      ],
      holds('the database is asked with the password', named, `postgresql://twofold:${password}@database/twofold`),
      holds('the proxy has the name', named, 'PUBLIC_URL: https://login.example.com'),
      holds('the service listens to the proxy', named, 'HOST: 0.0.0.0'),
      holds('nothing starts without a name', made, 'refused: '),
      holds('nothing starts without a password', named.replace(/^POSTGRES_PASSWORD=.*$/m, ''), 'refused: '),
    ]
  },
}
