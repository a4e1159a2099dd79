import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { HttpClient } from '../../support/http-client'
import { Secrets } from '../../support/secrets'
import { attempt, run, start, until } from './tell'
import { makeOwner, walk } from './walk'

/** A machine on which the guide's commands were typed: what they left, and the service as its unit starts it. */
const [machine = '', command = ''] = process.argv.slice(2)
const UNIT = '/etc/systemd/system/twofold.service'
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

run('ip', 'link', 'set', 'lo', 'up')
run('mount', '--bind', machine, machine)
run('mount', '-t', 'proc', 'proc', join(machine, 'proc'))
run('mount', '--bind', '/dev', join(machine, 'dev'))
run('mount', '-t', 'tmpfs', 'tmpfs', join(machine, 'tmp'))

const text = readFileSync(join(machine, UNIT), 'utf8')
const of = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''
const settingsFile = of('EnvironmentFile')
const settings = parseEnv(readFileSync(join(machine, settingsFile), 'utf8'))

await attempt('systemd finds nothing wrong in it', () => {
  const { status, stderr } = spawnSync('chroot', [machine, 'systemd-analyze', 'verify', '--man=no', UNIT])
  return status === 0 && stderr.toString() === '' ? null : `${status}: ${stderr}`
})
await attempt('it is exposed by 3 of 10 at most', () => {
  const how = ['security', '--offline=true', '--threshold=30', UNIT]
  const { status, stdout } = spawnSync('chroot', [machine, 'systemd-analyze', ...how])
  return status === 0 ? null : (stdout.toString().trim().split('\n').at(-1) ?? '')
})
await attempt('it is enabled', () => {
  return run('chroot', machine, 'systemctl', 'is-enabled', 'twofold').trim() === 'enabled' ? null : 'it is not'
})
await attempt('its settings are read by root and its account alone', () => {
  const mode = (statSync(join(machine, settingsFile)).mode & 0o777).toString(8)
  return mode === '640' ? null : mode
})

// What systemd does for the unit: its folder, everything else read-only, the account, no rights.
const state = `/var/lib/${of('StateDirectory')}`
const account = of('User')
const ids = ['-u', '-g'].map((which) => run('chroot', machine, 'id', which, account).trim())
mkdirSync(join(machine, state), { mode: Number.parseInt(of('StateDirectoryMode'), 8) })
run('chown', ids.join(':'), join(machine, state))
run('mount', '--bind', join(machine, state), join(machine, state))
run('mount', '-o', 'remount,bind,ro', machine)

const inside = (...program: string[]): string[] => {
  const who = ['--reuid', account, '--regid', of('Group'), '--clear-groups', '--no-new-privs', '--bounding-set=-all']
  const env = Object.entries({ PATH, ...settings }).map(([name, value]) => `${name}=${value}`)
  return ['chroot', machine, 'setpriv', ...who, 'env', '-i', '-C', of('WorkingDirectory'), ...env, ...program]
}

makeOwner(inside(of('ExecStart').split(' ')[0] ?? ''), {})
const calls = '/run/calls'
run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
// The tracer is no parent of what it traces, which gets our signals.
const service = start('strace', ['-D', '-f', '-qqq', '-o', calls, ...inside(...of('ExecStart').split(' '))], {})

/** What a filter of system calls lets through, each set of systemd by the calls in it. */
function callsOf(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (!name.startsWith('@')) return [name]
    const lines = run('chroot', machine, 'systemd-analyze', 'syscall-filter', name).split('\n').slice(1)
    return callsOf(lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')))
  })
}
const started = await attempt('starts with .env.example as it stands, and writes to its folder alone', async () => {
  await until(service, async () => (await fetch('http://127.0.0.1:3000/api/health/ready')).ok)
  return null
})
if (started) {
  const secrets = new Secrets()
  await walk(new HttpClient('http://localhost:3000', secrets), join(machine, state), '127.0.0.1', secrets)
  await attempt('the guide’s command runs beside it', () => {
    const typed = `${command.trim()} --json`
    const { stdout, stderr } = spawnSync('chroot', [machine, 'env', '-i', `PATH=${PATH}`, 'bash', '-ec', typed])
    return stdout.toString().startsWith('{"ok":') ? null : `${stdout}${stderr}`
  })
  await attempt('ends by SIGTERM with code 0', async () => {
    const ended = new Promise<number | null>((resolve) => service.child.once('exit', resolve))
    service.child.kill('SIGTERM')
    const code = await ended
    return code === 0 ? null : `${code}: ${service.output().slice(-1000)}`
  })
  await attempt('all it asked of the system is what the unit lets through', () => {
    const filters = [...text.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)]
    const named = (sign: string) =>
      callsOf(filters.filter(([, each]) => each === sign).flatMap(([, , sets = '']) => sets.split(' ')))
    const denied = new Set(named('~'))
    const allowed = new Set(named('').filter((call) => !denied.has(call)))
    // Before that it was chroot and setpriv.
    const traced = readFileSync(calls, 'utf8')
    const own = traced.slice(traced.indexOf(`execve("${of('ExecStart').split(' ')[0]}"`))
    const asked = new Set([...own.matchAll(/^\d+ +(\w+)\(/gm)].map(([, call = '']) => call))
    if (!asked.has('epoll_pwait') && !asked.has('epoll_wait')) return 'nothing was traced'
    return [...asked].filter((call) => !allowed.has(call)).join(', ') || null
  })
}
process.exit(0)
