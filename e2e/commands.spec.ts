import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { dropAuditTriggers } from '../lib/testing/audit-triggers'
import { newPassword } from './support/company'
import { refusedStart, startServer } from './support/server'
import { expect, type Installation, test } from './support/test'

const root = fileURLToPath(new URL('..', import.meta.url))

/** An operator at the server's own console. */
async function twofold(installation: Installation, args: readonly string[], input = '') {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', ...args, '--json'], {
    cwd: root,
    env: { PATH, HOME, NODE_ENV: 'production', ...installation.server.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (part) => {
    out += part
  })
  child.stderr.on('data', (part) => {
    err += part
  })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, err, answer: out === '' ? null : JSON.parse(out) }
}

test('an operator makes the first company and a person by command beside the running server, and both sign in', async ({
  newInstallation,
  newPortal,
}) => {
  const installation = await newInstallation({}, { empty: true })
  const { secrets } = installation
  const owner = { email: 'olga@example.com', password: newPassword(secrets) }
  const eve = { email: 'eve@example.com', password: newPassword(secrets) }
  const made = await twofold(
    installation,
    ['init', '--tenant', 'Acme', '--owner-name', 'Olga Owner', '--owner-email', owner.email, '--password-stdin'],
    owner.password,
  )
  expect(made).toMatchObject({ code: 0, err: '', answer: { ok: true, tenant: { slug: 'acme' } } })
  const create = [
    'users',
    'create',
    '--email',
    eve.email,
    '--name',
    'Eve End',
    '--role',
    'end_user',
    '--password-stdin',
  ]
  expect(await twofold(installation, create, `${eve.password}\n`)).toMatchObject({ code: 0, answer: { ok: true } })
  expect(await twofold(installation, create, eve.password)).toMatchObject({
    code: 1,
    answer: { ok: false, code: 'address_taken' },
  })

  const [owners, eves] = [await newPortal({ installation }), await newPortal({ installation })]
  await owners.signIn(owner)
  await owners.verifyDevice(owner)
  await owners.isAt('/admin/acme')
  await eves.signIn(eve)
  await eves.isAt('/account')
})

test('R8: an owner who is locked out gets in by a code from the server, and everybody who manages is told', async ({
  company,
  installation,
  newPortal,
}) => {
  const { owner } = company
  const adam = await company.add('admin', 'Adam Admin')
  await company.enrol(owner, { byThemself: true })
  const made = await twofold(installation, ['break-glass', '--email', owner.email, '--reason', 'Phone lost abroad'])
  expect(made).toMatchObject({ code: 0, answer: { ok: true } })
  const { code } = made.answer
  installation.secrets.add('recovery code', code, code.replaceAll('-', ''))
  const subject = `Alarm: a recovery code was created on the server for ${owner.name}`
  await installation.mailbox(adam.email).next(subject)
  await installation.mailbox(owner.email).next(subject)
  const portal = await newPortal()
  await portal.signIn(owner)
  await portal.useRecoveryCode(code)
  await portal.enrol(owner)
  await portal.isIn()
  expect(await twofold(installation, ['break-glass', '--email', adam.email, '--reason', 'Phone lost'])).toMatchObject({
    code: 1,
    answer: { ok: false, code: 'not_an_owner' },
  })
})

test('X8: people come from a file by command, told by rows, and those who have a password sign in', async ({
  newInstallation,
  newPortal,
}) => {
  const installation = await newInstallation()
  const folder = await mkdtemp(join(tmpdir(), 'twofold-import-'))
  try {
    const file = join(folder, 'people.csv')
    const password = newPassword(installation.secrets)
    const ines = { email: 'ines@example.com', password }
    const rows = [
      `${ines.email},Ines,Agent,${await bcrypt(password, { cost: 10 })}`,
      'ivo@example.com,Ivo,,',
      ',Nobody,,',
    ]
    await writeFile(file, `Email,Name,Role,Password hash\n${rows.join('\n')}\n`)
    const expected = { code: 1, answer: { counts: { added: 1, invited: 1, unchanged: 0, refused: 1 } } }
    expect(
      await twofold(installation, ['users', 'import', '--file', file, '--dry-run', '--role', 'end_user']),
    ).toMatchObject(expected)
    const done = await twofold(installation, ['users', 'import', '--file', file, '--invite', '--role', 'end_user'])
    expect(done).toMatchObject({
      ...expected,
      answer: { refused: [{ number: 4, column: 'email', problem: 'required' }] },
    })
    // Whoever is there or invited needs no role any more; of anybody else none is guessed.
    await appendFile(file, 'una@example.com,Una,,\n')
    expect(await twofold(installation, ['users', 'import', '--file', file])).toMatchObject({
      answer: { counts: { added: 0, invited: 0, unchanged: 2, refused: 2 } },
    })
    const portal = await newPortal({ installation })
    await portal.signIn(ines)
    await portal.verifyDevice(ines)
    await portal.isIn()
    const mail = installation.mailbox('ivo@example.com')
    await expect.poll(() => mail.all().length, { timeout: 20_000 }).toBe(1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('M8: after journeys of many people the audit log verifies, and a changed entry is named', async ({
  newInstallation,
  newPortal,
}) => {
  const installation = await newInstallation()
  const { stage } = installation
  const portal = await newPortal({ installation })
  await portal.signIn({ email: 'olga@example.com', password: 'not her password' })
  await portal.sees(portal.words('error.wrong_credentials'))
  const unsealed = () => stage.db.auditEvent.count({ where: { seal: null } })
  await expect.poll(unsealed, { timeout: 30_000 }).toBe(0)
  expect(await twofold(installation, ['audit', 'verify'])).toMatchObject({ code: 0, answer: { ok: true } })
  const event = await stage.db.auditEvent.findFirstOrThrow({ where: { kind: 'sign_in_failed' } })
  await dropAuditTriggers(stage.db)
  await stage.db.auditEvent.update({ where: { id: event.id }, data: { address: '203.0.113.9' } })
  const verified = await twofold(installation, ['audit', 'verify'])
  expect(verified).toMatchObject({ code: 1, answer: { ok: false } })
  expect(JSON.stringify(verified.answer)).toContain(event.id)
})

test('S28: a start with another key ring says what it cannot read and changes nothing; without the key it goes on when told', async ({
  newInstallation,
}) => {
  const installation = await newInstallation({}, { empty: true })
  const { server, secrets } = installation
  const owner = ['--owner-name', 'Olga Owner', '--owner-email', 'olga@example.com', '--password-stdin']
  const made = await twofold(installation, ['init', '--tenant', 'Acme', ...owner], newPassword(secrets))
  expect(made.code, made.err).toBe(0)
  expect(await server.stop({ data: true })).toBe(0)
  // Each start has a port of its own.
  const { PORT: _, ...environment } = server.environment
  const other = { ...environment, SECRET_KEYS: `other:${randomBytes(32).toString('base64url')}` }
  const refused = await refusedStart(other)
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(/SECRET_KEYS does not have key \w+ \(passwords: 1[^)]*\)\./)
  const id = /--without-key (\w+)/.exec(refused.output)?.[1] ?? ''

  const again = await startServer(environment)
  expect(await again.stop({ data: true })).toBe(0)

  const told = await startServer(other, ['--without-key', id])
  expect(told.output()).toContain(`Going on without key ${id}`)
  // Sealed by the worker, which makes the key that it signs with one in use.
  await expect.poll(() => told.output(), { timeout: 20_000 }).toContain('"kind":"key_given_up"')
  expect(await told.stop({ data: true })).toBe(0)
  expect((await refusedStart(environment)).output).toContain('does not have key other')
})
