import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { lostKeysText, underText } from '../../administration/keys/rules'
import { findLostKeys, goOnWithoutKey } from '../../administration/keys/service'
import { makeSetupLink } from '../../administration/setup/service'
import { loggedEvent } from '../../audit/reading/rules'
import { boot, keyFileOf } from '../../core/boot'
import { closeDb } from '../../core/db'
import type { Deps } from '../../core/deps'
import { isDevelopment, prepareFramework, readProcessConfig } from '../../core/env'
import { failureSentence, outageOf } from '../../core/failure'
import { minutes, seconds } from '../../core/kernel/time'
import { isUnreadableRow, onPassedOver } from '../../core/kernel/unreadable'
import { log, logFailure, setLogLevel } from '../../core/log'
import { applyMigrations } from '../../core/migrate'
import { clientPrefix } from '../../credentials/throttle/rules'
import { createAuditArchive } from '../../job/audit-archive'
import { createImporter } from '../../job/importer'
import { createTransports } from '../../job/transports'
import { startWorker, type Worker } from '../../job/worker'
import { CHECKS, createAdmission, LOOKUPS, PLACES } from './admission'
import { createBudget, REFUSALS_IN_ALL, REPORTS_IN_ALL, REPORTS_PER_CLIENT } from './budget'
import { DRAIN, inTurn, MAX_ANSWER_TIME, tendConnections } from './connections'
import { setWorld } from './deps'
import { isReady } from './health'
import { knownBy } from './known'
import { createErrorListener, createListener, type ListenerOptions } from './listener'
import { noteRefusal } from './refusal'
import { isFormUnread, isOutage, noteOutage } from './response'
import { answerWhoAmI, asksWhoAmI } from './who-am-i'

/** After the server listens. */
const WORK_BEGINS = seconds(1)

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

/** The framework prints errors as they are: here they lose what a database error may quote (S10, S16). */
function speakThroughLog(): void {
  const say =
    (level: 'error' | 'warn') =>
    (first: unknown, ...rest: unknown[]) => {
      if (isFormUnread()) return
      const error = [first, ...rest].find((each) => each instanceof Error)
      // Of an outage a line is written where it is met; what follows from it needs none of its own.
      if (isOutage()) return
      if (outageOf(error) !== null) {
        logFailure(error, 'a request failed')
        noteOutage()
      } else if (isUnreadableRow(error)) logFailure(error, 'a request failed')
      else if (error) log()[level]({ err: error }, 'said by the framework')
      else log()[level](String(first))
    }
  Object.assign(console, { error: say('error'), warn: say('warn') })
}

/** One line a minute at most says how many were sent away for load. */
function countBusy(): () => void {
  let sentAway = 0
  return () => {
    sentAway += 1
    if (sentAway > 1) return
    const timer = setTimeout(() => {
      log().warn({ requests: sentAway }, 'more requests came than could be worked at: these were told to come back')
      sentAway = 0
    }, minutes(1))
    timer.unref()
  }
}

/** `--without-key ID`, as often as there are such keys. */
function withoutKeys(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => (arg === '--without-key' ? [args[index + 1] ?? ''] : []))
}

/** S28: no start with a ring that cannot read what is there, but by the word of whoever starts it. */
async function compareKeys(deps: Deps, keyFile: string | null, keysGone: boolean): Promise<void> {
  const given = withoutKeys(process.argv.slice(2))
  const lost = await findLostKeys(deps)
  const kept = lost.filter(({ keyId }) => !given.includes(keyId))
  if (kept.length > 0) {
    // The new keys would open nothing.
    if (keysGone && keyFile !== null) rmSync(keyFile)
    const home = keyFile === null ? 'SECRET_KEYS' : `The key file ${keyFile}`
    const gone = keysGone ? `The key file ${keyFile} is missing, and people depend on its keys.\n` : ''
    stop(`${gone}${lostKeysText(kept, home)}`)
  }
  for (const { keyId, under } of lost) {
    await goOnWithoutKey(deps, keyId)
    process.stdout.write(`Going on without key ${keyId}; what was under it is over (${underText(under)}).\n`)
  }
  for (const keyId of given.filter((each) => !lost.some((one) => one.keyId === each))) {
    process.stdout.write(
      `--without-key ${keyId}: nothing is under such a key that cannot be read; nothing was changed.\n`,
    )
  }
}

/** Said once: it is the same for everybody until the proxy is set up otherwise. */
function sayUnreadable(): () => void {
  let said = false
  return () => {
    if (said) return
    said = true
    log().warn('the proxy writes X-Forwarded-For in a form that is no address: each such entry is a client of its own')
  }
}

async function serve(): Promise<void> {
  const read = readProcessConfig()
  if (!read.ok) stop(read.detail)
  const config = read.value
  const development = isDevelopment()
  setLogLevel(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  // By the folder this runs in, as the framework has it: bundled, the module is not where it was written.
  await applyMigrations({
    url: config.databaseUrl,
    folder: join(process.cwd(), 'prisma', 'migrations'),
    onWait: (sentence) => log().warn(sentence),
  })
  const keyFile = keyFileOf(config)
  const keysGone = keyFile !== null && !existsSync(keyFile)
  const booted = boot(config)
  if (!booted.ok) stop(booted.detail)
  const deps = booted.value
  await compareKeys(deps, keyFile, keysGone)
  const transports = createTransports(config)
  const importer = createImporter(deps, config)
  const work = () =>
    startWorker(
      deps,
      {
        mailer: transports.mailer,
        sms: transports.sms,
        directory: transports.directory,
        bringIn: () => importer.bringIn(),
        archive: createAuditArchive(config.dataDir),
        audit: (event) => log().info({ audit: loggedEvent(event) }),
      },
      { onError: (error, task) => logFailure(error, 'background work failed', { task }) },
    )
  let worker: Worker | null = null
  setWorld({ deps, config, wake: () => worker?.wake(), importer })
  prepareFramework(config, Buffer.from(deps.keys.derive('server-actions')).toString('base64'))

  if (!development) speakThroughLog()
  const { default: next } = await import('next')
  const app = next({ dev: development, hostname: config.host, port: config.port, dir: process.cwd() })
  await app.prepare()
  const handle = app.getRequestHandler()
  // Whoever floods reaches the database once a minute; over all instances the row there counts (N34).
  const isNew = createBudget({ most: 1, inAll: REFUSALS_IN_ALL, every: minutes(1) })
  const onRefusal: ListenerOptions['onRefusal'] = (reason, request) => {
    if (isNew(`${reason} ${clientPrefix(request.address)}`)) void noteRefusal(deps, reason, request)
  }
  const places = PLACES + 2 * availableParallelism()
  const answer: RequestListener = (request, response) =>
    void (asksWhoAmI(request) ? answerWhoAmI(deps, request, response) : handle(request, response))
  const listener = createListener(config, answer, {
    development,
    onRefusal,
    onBusy: countBusy(),
    onUnreadable: sayUnreadable(),
    takeReport: createBudget({ most: REPORTS_PER_CLIENT, inAll: REPORTS_IN_ALL, every: minutes(1) }),
    isReady: async () => !connections.isStopping() && (await isReady()),
    knownBy: (cookies) => knownBy(deps, cookies),
    admission: {
      strangers: createAdmission(places),
      known: createAdmission(2 * places),
      lookups: createAdmission(LOOKUPS),
      checks: createAdmission(CHECKS),
    },
  })
  // Header and body must arrive in time: a slow sender holds nothing for long.
  const server = createServer({ headersTimeout: 15_000, requestTimeout: 30_000 }, inTurn(listener))
  server.on('error', (error: NodeJS.ErrnoException) =>
    stop(
      error.code === 'EADDRINUSE'
        ? `PORT ${config.port} is in use on ${config.host}: stop the other program or set PORT.`
        : `The server cannot listen on ${config.host}:${config.port}: ${error.message}`,
    ),
  )
  const connections = tendConnections(server)
  server.on('clientError', createErrorListener(onRefusal))
  // No page of ours upgrades; the framework's own handler would keep such a socket for ever.
  if (!development) server.on('upgrade', (_request, socket) => socket.destroy())
  let ends = false
  server.listen(config.port, config.host, () => void announce())

  async function announce() {
    // Its first round asks everything once; whoever waited for this start comes first.
    setTimeout(() => {
      if (!ends) worker = work()
    }, WORK_BEGINS)
    process.stdout.write(`Twofold is ready at ${config.publicUrl}\n`)
    const link = await makeSetupLink(deps)
    if (link === null) return
    process.stdout.write(`Set up the first company and its owner here, within 24 hours: ${link}\n`)
  }

  async function shutDown(code: number) {
    if (ends) return
    ends = true
    // Whatever hangs meanwhile: a supervisor that waits gets an end.
    setTimeout(() => process.exit(code), 2 * MAX_ANSWER_TIME).unref()
    importer.stop()
    await Promise.all([connections.stop(development ? 0 : DRAIN), worker?.stop()])
    transports.close()
    await closeDb(deps.db)
    process.exit(code)
  }
  process.on('SIGTERM', () => void shutDown(0))
  process.on('SIGINT', () => void shutDown(0))
  // A rejection is the end of one promise. After an exception nobody caught, what is in memory may be half of
  // something: what runs is finished, and the supervisor starts anew (ASVS 16.5.4).
  onPassedOver((error) => logFailure(error, 'a row was passed over'))
  process.on('unhandledRejection', (error) => logFailure(error, 'a rejection nobody handled'))
  process.on('uncaughtException', (error) => {
    log().fatal(
      { err: error },
      'an exception nobody caught: the server finishes what runs and ends, to be started anew',
    )
    void shutDown(1)
  })
}

try {
  await serve()
} catch (error) {
  stop(failureSentence(error))
}
