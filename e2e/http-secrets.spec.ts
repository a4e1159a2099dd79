import { translator } from '../lib/i18n/translate'
import { newPassword } from './support/company'
import { changed } from './support/http-client'
import { LeakSearch, Secrets, textOfDatabase } from './support/secrets'
import { expect, test } from './support/test'

const t = translator('en')

test('S10 S12 S16, ASVS 16.2.5: after a whole life of an account, no passcode, password, key, code or cookie is in the database or in what the server wrote', async ({
  company,
  http,
  installation,
}) => {
  const { secrets, server, mailbox } = installation
  await company.require(['team'])
  const ann = await company.add('agent', 'Ann Agent')
  const box = mailbox(ann.email)
  const subject = 'Your verification passcode'

  await http.submit('/sign-in', { email: ann.email, password: 'a wrong password of hers' })
  secrets.add('password', 'a wrong password of hers')
  await http.submit('/sign-in', { email: ann.email, password: ann.password })
  await box.passcode(subject)
  await http.submit('/sign-in/device', { passcode: '000000' })
  await http.submit('/sign-in/device', { passcode: await box.passcode(subject) })
  await http.submit('/sign-in/enroll', {}, { button: t('factor.totp') })
  const app = http.scan(await http.get('/sign-in/enroll'))
  const shown = http.readCodes(await http.submit('/sign-in/enroll', { passcode: await app.next() }))
  const typed = shown.codes[shown.number - 1] ?? ''
  expect((await http.postForm('/sign-in/enroll', changed(shown.fields, { typed }))).status).toBe(303)
  await http.submit('/account', {}, { button: t('common.signOut') })

  await http.submit('/sign-in', { email: ann.email, password: ann.password })
  await http.submit('/sign-in/verify', { passcode: '000000' })
  await http.submit('/sign-in/verify?use=recovery', { recoveryCode: 'AAAA-BBBB-CCCC-DDDD' })
  secrets.add('recovery code', 'AAAA-BBBB-CCCC-DDDD')
  await http.submit('/sign-in/verify?use=recovery', { recoveryCode: shown.codes[0] ?? '' })
  await http.submit('/sign-in/verify', {}, { button: t('verify.notAtHand') })
  await http.submit('/account/security/codes', {}, { button: t('codes.renew') }).then((page) => http.readCodes(page))
  await company.rewind(ann)
  await http.submit('/reauthenticate', { passcode: await app.next() })
  const next = newPassword(secrets)
  await http.submit('/account/security', { current: ann.password, next })
  expect((await http.get('/api/v1/me')).status).toBe(200)
  await http.get(`/no-such-page?token=${http.cookies.get('__Host-twofold-session')}`)
  await http.submit('/sign-in', { email: ann.email, password: next }).catch(() => undefined)

  for (const kind of ['passcode', 'password', 'key', 'recovery code', '__Host-twofold-session cookie']) {
    expect(secrets.has(kind), kind).toBe(true)
  }
  expect(secrets.size).toBeGreaterThan(40)
  expect(await installation.leaks()).toEqual([])
  expect(server.output()).not.toContain(ann.email)
})

test('the search for secrets finds one that was put into a table, into the output or into a longer text', async ({
  company,
  installation: { secrets, config },
}) => {
  const { db } = company.stage
  const texts = await textOfDatabase(config.databaseUrl)
  expect(texts.get('app_user')).toContain(company.owner.email)
  expect(texts.get('password')).toContain('$argon2id$')
  const planted = newPassword(secrets)
  await db.user.update({ where: { id: company.owner.id }, data: { name: `Olga ${planted}` } })
  const found = [...(await textOfDatabase(config.databaseUrl))].flatMap(([name, text]) => secrets.leaksIn(name, text))
  expect(found).toEqual([{ kind: 'password', where: 'app_user' }])
  await db.user.update({ where: { id: company.owner.id }, data: { name: 'Olga Owner' } })
  secrets.add('passcode', '918273')
  expect(secrets.leaksIn('log', '{"code":"918273"}')).toEqual([{ kind: 'passcode', where: 'log' }])
  expect(secrets.leaksIn('log', '{"time":1918273444}')).toEqual([])
})

test('the search looks for an old secret in what is new, and for a new one in what is old', () => {
  const secrets = new Secrets()
  const search = new LeakSearch(secrets)
  secrets.add('password', 'first secret')
  expect(search.leaks([['log', 'a line\nthe second secret']])).toEqual([])
  secrets.add('key', 'second secret')
  expect(search.leaks([['log', 'a line\nthe second secret\nthe first secret']])).toEqual([
    { kind: 'password', where: 'log' },
    { kind: 'key', where: 'log' },
  ])
})
