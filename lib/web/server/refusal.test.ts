import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { INSTALLATION } from '../../audit/types'
import { minutes } from '../../core/kernel/time'
import { log } from '../../core/log'
import { LOCALES } from '../../i18n/locales'
import { dropAuditTriggers } from '../../testing/audit-triggers'
import { eachDatabase } from '../../testing/databases'
import { observed } from '../../testing/observed'
import { quickWorld, REQUEST, type TestWorld } from '../../testing/world'
import { failurePage, noteRefusal, REFUSALS, type Refusal, refusalPage } from './refusal'
import { LOCALE_COOKIE } from './request'

const REASONS = Object.keys(REFUSALS) as Refusal[]

describe('refusalPage', () => {
  test('X1, X3: says in each language what was refused, and leads to the start page', () => {
    const pages = new Set<string>()
    for (const reason of REASONS)
      for (const locale of LOCALES) {
        const page = refusalPage(reason, { acceptLanguage: locale })
        expect(page).toContain(`<html lang="${locale}">`)
        expect(page).toContain('<a href="/">')
        pages.add(page)
      }
    expect(pages.size).toBe(REASONS.length * LOCALES.length)
  })

  test.each([
    [`${LOCALE_COOKIE}=ja`, 'ja'],
    [`a=b; ${LOCALE_COOKIE}=ko; c=d`, 'ko'],
    [`x${LOCALE_COOKIE}=ko`, 'de'],
    [`${LOCALE_COOKIE}=xx`, 'de'],
    [`${LOCALE_COOKIE}="><script>`, 'de'],
    [undefined, 'de'],
  ])('X1: the language chosen in this browser comes first: cookie %j gives %s', (cookie, locale) => {
    expect(refusalPage('method', { cookie, acceptLanguage: 'de' })).toContain(`<html lang="${locale}">`)
  })

  test('X1, X3: a failure says in each language what to do, with the reference as text', () => {
    const pages = LOCALES.map((locale) => failurePage('<b>ref-1</b>', { acceptLanguage: locale }))
    for (const page of pages) {
      expect(page).toContain('&lt;b&gt;ref-1&lt;/b&gt;')
      expect(page).toContain('<a href="/">')
    }
    expect(new Set(pages).size).toBe(LOCALES.length)
  })

  test('ASVS 3.2.2: has no style, no script and nothing that the request said', () => {
    const page = refusalPage('method', { cookie: '<img src=x>', acceptLanguage: '<svg onload=alert(1)>' })
    expect(page).not.toMatch(/<(script|style|img|svg)|\sstyle=|\son\w+=/)
  })
})

eachDatabase('noteRefusal', (open) => {
  let world: TestWorld
  beforeAll(async () => {
    world = quickWorld(open())
    await dropAuditTriggers(open())
  })
  beforeEach(async () => {
    await open().auditEvent.deleteMany()
    world.clock.move(minutes(10))
  })
  const events = () => open().auditEvent.findMany({ orderBy: { id: 'asc' } })

  test('ASVS 16.3.3: writes down who and why, in the installation’s own chain', async () => {
    await noteRefusal(world, 'foreign_origin', REQUEST)
    const [event, ...more] = await events()
    expect(more).toEqual([])
    expect(event).toMatchObject({
      tenantId: INSTALLATION,
      kind: 'request_refused',
      actorKind: 'visitor',
      actorId: null,
      address: '192.0.2.7',
      requestId: 'request-1',
    })
    expect(JSON.parse(event?.data ?? '')).toEqual({ reason: 'foreign_origin' })
  })

  test('ASVS 15.2.2: one entry per reason, client and minute, so that nobody fills the log', async () => {
    const near = { ...REQUEST, address: '192.0.2.200' }
    const far = { ...REQUEST, address: '198.51.100.7' }
    const all = () =>
      Promise.all([
        ...Array.from({ length: 8 }, () => noteRefusal(world, 'unknown_path', REQUEST)),
        noteRefusal(world, 'unknown_path', near),
        noteRefusal(world, 'bad_form', REQUEST),
        noteRefusal(world, 'unknown_path', far),
        noteRefusal(world, 'unknown_path', { ...REQUEST, address: null }),
      ])
    await all()
    expect(await events()).toHaveLength(4)
    world.clock.move(minutes(1) - 1)
    await all()
    expect(await events()).toHaveLength(4)
    world.clock.move(1)
    await all()
    expect(await events()).toHaveLength(8)
  })

  test('ASVS 16.5.2: a database that does not answer is logged, and the refusal stands', async () => {
    const before = () => {
      throw new Error('no database')
    }
    const logged = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
    try {
      await expect(
        noteRefusal({ ...world, db: observed(world.db, before) }, 'bad_form', REQUEST),
      ).resolves.toBeUndefined()
      expect(logged).toHaveBeenCalledOnce()
    } finally {
      logged.mockRestore()
    }
  })
})
