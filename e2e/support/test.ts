import { type BrowserContextOptions, test as base, expect } from '@playwright/test'
import { boot } from '../../lib/core/boot'
import { generateKeyRing } from '../../lib/core/crypto/keys'
import { closeDb, type DatabaseKind } from '../../lib/core/db'
import type { Deps } from '../../lib/core/deps'
import { type Config, readConfig } from '../../lib/core/env'
import { systemRandom } from '../../lib/core/kernel/random'
import type { Locale } from '../../lib/i18n/locales'
import { translator } from '../../lib/i18n/translate'
import { startPostgresql } from '../../lib/testing/postgresql-server'
import { aTenant } from '../../lib/testing/world'
import { Company } from './company'
import { HttpClient } from './http-client'
import { Mailbox } from './mailbox'
import { Portal } from './portal'
import { type Leak, LeakSearch, Secrets, textOfDatabase } from './secrets'
import { type Server, startServer } from './server'

/** A running server and, behind it, its database and keys: for what a test needs before it begins. */
export interface Installation {
  server: Server
  config: Config
  /** The services over the same database, in this process. */
  stage: Deps
  secrets: Secrets
  /** Further instances on the same database. */
  instances: Server[]
  mailbox(address: string): Mailbox
  leaks(): Promise<Leak[]>
}

export interface NewPortal {
  locale?: Locale
  /** Of the installation, unless another is named. */
  installation?: Installation
  context?: BrowserContextOptions
}

interface ForEachTest {
  company: Company
  /** A visitor's browser: nothing is known of it. */
  portal: Portal
  /** Another computer. */
  newPortal: (more?: NewPortal) => Promise<Portal>
  http: HttpClient
  /** One more, of this test alone; `empty` is one that nobody has set up yet. */
  newInstallation: (settings?: Record<string, string>, more?: { empty?: boolean }) => Promise<Installation>
  noLeaks: undefined
}

interface ForEachWorker {
  database: DatabaseKind
  installation: Installation
}

/** Starts a server, and this process's own hold of its database. `empty` leaves the setup to the test. */
async function install(
  settings: Record<string, string>,
  { empty = false } = {},
): Promise<{ installation: Installation; end: () => Promise<void> }> {
  const server = await startServer(settings)
  const config = readConfig(server.environment)
  if (!config.ok) throw new Error(config.detail)
  const booted = boot(config.value)
  if (!booted.ok) throw new Error(booted.detail)
  const stage = booted.value
  const secrets = new Secrets()
  const search = new LeakSearch(secrets)
  const instances: Server[] = []
  const boxes = new Map<string, Mailbox>()
  if (!empty) await aTenant(stage, { name: 'First' })
  return {
    installation: {
      server,
      config: config.value,
      stage,
      secrets,
      instances,
      mailbox: (address) => {
        const dataDirs = [server, ...instances].map((each) => each.dataDir)
        const box = boxes.get(address) ?? new Mailbox(address, dataDirs, secrets)
        boxes.set(address, box)
        return box
      },
      leaks: async () => {
        const places = [...(await textOfDatabase(config.value.databaseUrl))].map(
          ([table, text]) => [`table ${table}`, text] as const,
        )
        const outputs = [server, ...instances].map((each) => [`output of ${each.url}`, each.output()] as const)
        return search.leaks([...places, ...outputs])
      },
    },
    end: async () => {
      await closeDb(stage.db)
      await Promise.all([server, ...instances].map((each) => each.stop()))
    },
  }
}

export const test = base.extend<ForEachTest, ForEachWorker>({
  database: ['sqlite', { scope: 'worker', option: true }],

  installation: [
    async ({ database }, use) => {
      const postgresql = database === 'postgresql' ? await startPostgresql() : null
      const { installation, end } = await install(
        postgresql === null
          ? { SMS_TRANSPORT: 'directory' }
          : {
              SMS_TRANSPORT: 'directory',
              DATABASE_URL: postgresql.url('postgres'),
              SECRET_KEYS: generateKeyRing(systemRandom),
            },
      )
      await use(installation)
      await end()
      await postgresql?.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  newInstallation: async ({ database }, use) => {
    if (database !== 'sqlite') throw new Error('a further installation is on SQLite')
    const made: Awaited<ReturnType<typeof install>>[] = []
    await use(async (settings = {}, more = {}) => {
      const one = await install(settings, more)
      made.push(one)
      return one.installation
    })
    for (const { installation, end } of made) {
      expect(await installation.leaks()).toEqual([])
      await end()
    }
  },

  company: async ({ installation: { stage, secrets } }, use) => {
    // All tests come from one address, and what others used up is not this one's.
    await stage.db.throttle.deleteMany()
    await use(await Company.open(stage, secrets))
  },

  newPortal: async ({ browser, installation, contextOptions, javaScriptEnabled, viewport, userAgent }, use, info) => {
    const portals: Portal[] = []
    const script = javaScriptEnabled ?? true
    await use(async ({ locale = 'en', installation: at = installation, context = {} } = {}) => {
      const options = { ...contextOptions, javaScriptEnabled: script, viewport, userAgent, locale, ...context }
      const page = await (await browser.newContext(options)).newPage()
      const rewind = async (email: string) => {
        await at.stage.db.factor.updateMany({
          where: { user: { email }, lastUsedStep: { not: null } },
          data: { lastUsedStep: 1, usedBefore: '' },
        })
      }
      const { server, secrets, mailbox } = at
      const portal = new Portal({
        page,
        url: server.url,
        words: translator(locale),
        script,
        secrets,
        info,
        mailbox,
        rewind,
      })
      portals.push(portal)
      return portal
    })
    for (const [index, portal] of portals.entries()) {
      await portal.noteCookies()
      if (info.status !== info.expectedStatus && !portal.page.isClosed()) {
        await portal.page.screenshot({ path: info.outputPath(`at-the-end-${index + 1}.png`), fullPage: true })
      }
      await portal.page.context().close()
    }
    // Whatever a journey leads over, no page may complain (X2).
    for (const portal of portals) expect(portal.complaints).toEqual([])
  },

  portal: async ({ newPortal }, use) => {
    await use(await newPortal())
  },

  http: async ({ installation }, use) => {
    await use(new HttpClient(installation.server.url, installation.secrets))
  },

  // Torn down last of all, so that the cookies of every browser are known by then.
  noLeaks: [
    async ({ installation }, use) => {
      await use(undefined)
      expect(installation.server.ended()).toBeNull()
      expect(await installation.leaks(), 'secrets in the database or in what the server wrote').toEqual([])
    },
    { auto: true },
  ],
})

export { expect }
