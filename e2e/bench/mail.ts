import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transact } from '../../lib/core/db'
import type { Deps } from '../../lib/core/deps'
import { minutes } from '../../lib/core/kernel/time'
import { deliverDue, enqueueMail } from '../../lib/messaging/mail/outbox-service'
import { createSmtpTransport } from '../../lib/messaging/mail/smtp-transport'
import type { Mailer, Message } from '../../lib/messaging/mail/types'
import { median, number, say } from './figures'
import { aWorld, eachDatabase } from './people'

const ROUNDS = 5
const MAILS = 1000
/** As the worker takes them. */
const BATCH = 50
const LANES = 4

/** Keeps the messages, to send the very same ones without the outbox. */
function recorder(): Mailer & { messages: Message[] } {
  const messages: Message[] = []
  return { messages, send: async (message) => void messages.push(message) }
}

async function order(deps: Deps, userId: string): Promise<void> {
  const expiresAt = new Date(deps.clock.now().getTime() + minutes(5))
  const values = { code: '081804', minutes: 5, address: '192.0.2.7', userAgent: 'Bench' }
  const to = { to: 'agent0@example.com', userId, tenantId: null, locale: 'ja' }
  for (let index = 0; index < MAILS; index += 1) {
    await transact(deps, (deps) => enqueueMail(deps, { template: 'device_passcode', values, ...to, expiresAt }))
  }
}

async function deliver(deps: Deps, mailer: Mailer): Promise<void> {
  for (let sent = 0; sent < MAILS; ) {
    const delivery = await deliverDue(deps, { mailer }, BATCH)
    if (delivery.sent === 0) throw new Error('a mail was not sent')
    sent += delivery.sent
  }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return MAILS / ((performance.now() - began) / 1000)
}

async function sendAll(messages: readonly Message[], mailer: Mailer): Promise<void> {
  const waiting = [...messages]
  const lane = async () => {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) await mailer.send(message)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function taken(sink: ChildProcess): Promise<number> {
  sink.send('taken')
  const [message] = await once(sink, 'message')
  return (message as { taken: number }).taken
}

/** Passcode mails through the outbox, against the same mails sent to the same server without it, in turns. */
export async function mailFigures(): Promise<void> {
  const sink = fork(join(import.meta.dirname, 'smtp-sink.ts'), [], { execArgv: ['--import', 'tsx'] })
  const [started] = await once(sink, 'message')
  const url = `smtp://127.0.0.1:${(started as { port: number }).port}`
  const mailer = createSmtpTransport({
    url,
    from: { name: 'Bench', address: 'login@example.com' },
    publicUrl: 'http://localhost:3000',
  })
  try {
    await eachDatabase(async (kind, newUrl) => {
      const dataDir = mkdtempSync(join(tmpdir(), 'twofold-bench-'))
      const { deps, people, close } = await aWorld(dataDir, 1, await newUrl())
      const userId = people[0]?.id ?? ''
      const { messages, ...kept } = recorder()
      await order(deps, userId)
      await deliver(deps, kept)
      const rounds = []
      const before = await taken(sink)
      for (let round = 0; round < ROUNDS; round += 1) {
        const alone = await perSecond(() => sendAll(messages, mailer))
        const ordered = await perSecond(() => order(deps, userId))
        const through = await perSecond(() => deliver(deps, mailer))
        rounds.push({ alone, ordered, through, ratio: through / alone })
      }
      if ((await taken(sink)) - before !== 2 * ROUNDS * MAILS) throw new Error('a mail did not arrive')
      say(
        `${kind}: passcode mails a second put into the outbox, one by one`,
        number(median(rounds.map((r) => r.ordered)), 0),
      )
      say(`${kind}: passcode mails a second from the outbox over SMTP`, number(median(rounds.map((r) => r.through)), 0))
      say('the SMTP server alone, mails a second', number(median(rounds.map((r) => r.alone)), 0))
      say('ratio', number(median(rounds.map((r) => r.ratio))))
      await close()
      rmSync(dataDir, { recursive: true, force: true })
    })
  } finally {
    mailer.close()
    sink.disconnect()
  }
}
