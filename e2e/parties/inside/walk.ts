import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { HttpClient } from '../../support/http-client'
import { Mailbox } from '../../support/mailbox'
import type { Secrets } from '../../support/secrets'
import { attempt } from './tell'

export const OWNER = { email: 'olga@example.com', password: `lantern harbour ${randomBytes(9).toString('hex')} violet` }
const LIES = { 'x-forwarded-for': '203.0.113.9' }
const FILE = '/admin/acme/people/import/upload'
const MEGABYTES = 2 * 1024 * 1024

/** The first tenant by the command of what was built; `prefix` is how node is run there. */
export function makeOwner(prefix: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): void {
  const [command = '', ...before] = prefix
  const names = ['--tenant', 'Acme', '--owner-name', 'Olga Owner', '--owner-email', OWNER.email]
  const args = [...before, 'dist/twofold.mjs', 'init', ...names, '--password-stdin']
  execFileSync(command, args, { ...options, input: OWNER.password, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** From the sign-in page to a session, as a browser without script goes; `address` is where the client is. */
export async function walk(client: HttpClient, dataDir: string, address: string, secrets: Secrets): Promise<void> {
  await attempt('the sign-in page has the headers of the service, each once', async () => {
    const { status, headers } = await client.get('/sign-in')
    const transport = headers['strict-transport-security']
    const policy = String(headers['content-security-policy'])
    if (status !== 200 || !policy.includes("default-src 'self'")) return `${status} ${policy}`
    return transport === 'max-age=63072000; includeSubDomains' ? null : String(transport)
  })
  await attempt('a password and the mailed passcode sign in, by cookies that are Secure', async () => {
    const first = await client.submit('/sign-in', OWNER, { headers: LIES })
    if (first.headers.location !== '/sign-in/device') return `${first.status} to ${first.headers.location}`
    const passcode = await new Mailbox(OWNER.email, [dataDir], secrets).passcode('Your verification passcode')
    const second = await client.submit('/sign-in/device', { passcode }, { headers: LIES })
    const { status } = await client.get('/api/v1/me')
    if (status !== 200) return `${second.status} to ${second.headers.location}, then ${status}`
    const cookies = [...first.setCookies, ...second.setCookies]
    if (!cookies.some((line) => line.startsWith('__Host-twofold-session='))) return cookies.join(', ')
    return cookies.filter((line) => !/; Secure(;|$)/i.test(line)).join(', ') || null
  })
  await attempt('the address in the log is the client’s own, whatever it writes into X-Forwarded-For', () => {
    const db = new Sqlite(join(dataDir, 'twofold.db'), { readonly: true })
    const rows = db
      .prepare<[], { address: string }>("SELECT DISTINCT address FROM audit_event WHERE kind = 'sign_in_succeeded'")
      .all()
    db.close()
    const found = rows.map((row) => row.address).join(', ')
    return found === address ? null : `it is “${found}”`
  })
  await attempt('a file of people comes through, and is judged by the service', async () => {
    const { status, headers } = await client.postForm(FILE, [['file', 'x'.repeat(MEGABYTES)]])
    return status !== 413 && headers['permissions-policy'] !== undefined ? null : String(status)
  })
}
