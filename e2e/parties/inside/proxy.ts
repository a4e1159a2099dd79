import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HttpClient } from '../../support/http-client'
import { Secrets } from '../../support/secrets'
import { attempt, type Program, run, start, until } from './tell'
import { makeOwner, walk } from './walk'

/** The service from its archive, behind a web server of Debian that is started by the file in deploy/ as it stands. */
const [kind = '', product = '', work = ''] = process.argv.slice(2)
const ADDRESS = '127.0.0.7'

run('ip', 'link', 'set', 'lo', 'up')
// Each program has the folders of the machine, and changes a copy of them.
const etc = join(work, 'etc')
run('cp', '--archive', '/etc', etc)
run('mount', '--bind', etc, '/etc')
for (const folder of ['/run', '/var/log', '/usr/local/share']) run('mount', '-t', 'tmpfs', 'tmpfs', folder)

const { PATH, NODE_ENV } = process.env

interface Proxy {
  name: string
  ca: string
  start(): Program
}

function nginx(): Proxy {
  const name = 'login.example.com'
  const [ca, key] = ['/etc/ssl/login.pem', '/etc/ssl/login.key']
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', ca)
  const sites = '/etc/nginx/sites-enabled'
  for (const site of readdirSync(sites)) rmSync(join(sites, site))
  copyFileSync('deploy/nginx.conf', join(sites, 'twofold'))
  mkdirSync('/var/log/nginx', { recursive: true })
  return { name, ca, start: () => start('nginx', ['-g', 'daemon off;'], {}) }
}

function caddy(): Proxy {
  // For the name of this machine it signs a certificate itself; for any other it asks an authority.
  const name = 'localhost'
  const env = { PATH, NODE_ENV, HOME: work, XDG_DATA_HOME: work, PUBLIC_URL: `https://${name}` }
  const args = ['run', '--config', resolve('deploy/Caddyfile'), '--adapter', 'caddyfile']
  const ca = join(work, 'caddy/pki/authorities/local/root.crt')
  return { name, ca, start: () => start('caddy', args, { env }) }
}

const chosen = kind === 'nginx' ? nginx() : caddy()
const url = `https://${chosen.name}`
const dataDir = join(work, 'data')
const env = { PATH, NODE_ENV, PUBLIC_URL: url, DATA_DIR: dataDir, TRUSTED_PROXY_HOPS: '1', MAIL_TRANSPORT: 'directory' }
makeOwner([process.execPath], { cwd: product, env })
const service = start(process.execPath, ['dist/serve.mjs'], { cwd: product, env })
await until(service, async () => (await fetch('http://127.0.0.1:3000/api/health/ready')).ok)

const secrets = new Secrets()
const proxy = chosen.start()
const started = await attempt('starts by the file as it stands, and hands on what is asked', async () => {
  await until(proxy, async () => {
    if (!existsSync(chosen.ca)) return false
    const probe = new HttpClient(url, secrets, { servername: chosen.name, ca: readFileSync(chosen.ca) })
    return (await probe.get('/api/health/ready')).status === 200
  })
  return null
})
if (started) {
  await attempt('plain HTTP leads to HTTPS', async () => {
    const { status, headers } = await new HttpClient(`http://${chosen.name}`, secrets).get('/sign-in?a=b')
    const leads = (status === 301 || status === 308) && headers.location === `${url}/sign-in?a=b`
    return leads ? null : `${status} to ${headers.location}`
  })
  const way = { servername: chosen.name, ca: readFileSync(chosen.ca), localAddress: ADDRESS }
  await walk(new HttpClient(url, secrets, way), dataDir, ADDRESS, secrets)
}
process.exit(0)
