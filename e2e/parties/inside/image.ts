import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HttpClient } from '../../support/http-client'
import { Secrets } from '../../support/secrets'
import { attempt, run, start, until } from './tell'
import { makeOwner, OWNER, walk } from './walk'

/** The image as compose.yaml runs it: nobody's account, no capability, and files that cannot be changed. */
const [files = '', configFile = ''] = process.argv.slice(2)

interface ImageConfig {
  User: string
  Env: string[]
  Cmd: string[]
  WorkingDir: string
  Volumes: Record<string, unknown>
  Healthcheck: { Test: string[] }
}

const config: ImageConfig = JSON.parse(readFileSync(configFile, 'utf8'))
const [uid = '', gid = ''] = config.User.split(':')
const [volume = ''] = Object.keys(config.Volumes)

run('ip', 'link', 'set', 'lo', 'up')
run('mount', '--bind', files, files)
run('mount', '-o', 'remount,bind,ro', files)
run('mount', '-t', 'proc', 'proc', join(files, 'proc'))
run('mount', '--bind', '/dev', join(files, 'dev'))
run('mount', '-t', 'tmpfs', 'tmpfs', join(files, 'tmp'))
run('mount', '-t', 'tmpfs', '-o', `uid=${uid},gid=${gid},mode=0700`, 'tmpfs', join(files, volume))

/** A command in the image, as its user. */
const inside = (...command: string[]): [string, string[]] => {
  const who = ['--reuid', uid, '--regid', gid, '--clear-groups', '--no-new-privs', '--bounding-set=-all']
  return ['chroot', [files, 'setpriv', ...who, 'env', '-i', '-C', config.WorkingDir, ...config.Env, ...command]]
}
const ask = (...command: string[]) => {
  const [program, args] = inside(...command)
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
const fails = (...command: string[]) => {
  try {
    return ask(...command) || 'it went well'
  } catch {
    return null
  }
}

await attempt('is run by nobody in particular', () => (ask('id', '-u').trim() === '1000' && uid !== '0' ? null : uid))
await attempt('nothing in it can be changed but the volume and /tmp', () => {
  ask('touch', join(volume, 'x'), '/tmp/x')
  return fails('touch', join(config.WorkingDir, 'x')) ?? fails('touch', '/etc/x')
})
await attempt('there is nothing in it that compiles', () => {
  const programs = ['bin', 'usr/bin', 'usr/local/bin', 'sbin', 'usr/sbin'].flatMap((folder) =>
    existsSync(join(files, folder)) ? readdirSync(join(files, folder)) : [],
  )
  const packages = readdirSync(join(files, config.WorkingDir, 'node_modules'))
  const compilers = /^(cc|gcc|g\+\+|c\+\+|make|ld|as|python3?|rustc|go|esbuild|tsx|typescript|prisma-cli)$/
  return [...programs, ...packages].filter((name) => compilers.test(name)).join(', ') || null
})
await attempt('there are no sources, tests or data in it', () => {
  const found = readdirSync(join(files, config.WorkingDir))
  return found.filter((name) => ['app', 'lib', 'e2e', 'data', '.git', '.env'].includes(name)).join(', ') || null
})

mkdirSync(join(files, volume), { recursive: true })
makeOwner(inside(config.Cmd[0] ?? '').flat(), {})
const [program, args] = inside(...config.Cmd)
const service = start(program, args, {})
const started = await attempt('starts, and its health check says so', async () => {
  const probe = config.Healthcheck.Test.slice(1)
  if (fails(...probe) === null) await until(service, async () => fails(...probe) !== null)
  return null
})
if (started) {
  const secrets = new Secrets()
  secrets.add('password', OWNER.password)
  await walk(new HttpClient('http://localhost:3000', secrets), join(files, volume), '127.0.0.1', secrets)
  await attempt('a command runs beside it', () => {
    const told = JSON.parse(ask('node', 'dist/twofold.mjs', 'audit', 'verify', '--json'))
    return told.ok === true ? null : JSON.stringify(told)
  })
  await attempt('ends by SIGTERM to its first process, with code 0', async () => {
    service.child.kill('SIGTERM')
    const ended = new Promise<number | null>((resolve) => service.child.once('exit', resolve))
    const code = service.child.exitCode ?? (await ended)
    return code === 0 ? null : `${code}: ${service.output().slice(-1000)}`
  })
  await attempt('its health check says that too', () => fails(...config.Healthcheck.Test.slice(1)))
}
process.exit(0)
