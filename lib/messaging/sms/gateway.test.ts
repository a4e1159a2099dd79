import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createResendTransport } from '../mail/resend-transport'
import { type Message, NotTakenOver, Undeliverable } from '../mail/types'
import { post } from './gateway'
import { createTwilioTransport } from './twilio-transport'
import { createWebhookTransport } from './webhook-transport'

const createdAt = new Date('2026-11-20T09:00:00.000Z')
const sms = { id: 'message-1', to: '+491701234567', text: '081804 & more', locale: 'de', createdAt }
const mail: Message = { ...sms, to: 'ann@example.com', subject: 'Passcode', html: '<p>081804</p>', locale: 'de' }

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Asked {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

/** A provider on this machine that answers as told, and what it was asked. */
async function aProvider(answer: (response: ServerResponse) => void) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      asked.push({ method: request.method, path: request.url, headers: request.headers, body })
      answer(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const says =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

const twilio = (baseUrl: string, from = '+15005550006') =>
  createTwilioTransport({ accountSid: 'AC123', authToken: 'token', from, baseUrl })
const SECRET = 's'.repeat(32)
const webhook = (url: string) => createWebhookTransport({ url, secret: SECRET, clock: { now: () => createdAt } })
const resend = (baseUrl: string, within?: number) =>
  createResendTransport({
    apiKey: 're_key',
    baseUrl,
    from: { name: 'Acme', address: 'login@example.com' },
    ...(within ? { within } : {}),
  })

describe('text messages by Twilio', () => {
  test.each([
    ['+15005550006', 'From'],
    ['MG123', 'MessagingServiceSid'],
  ])('S23: one form with one recipient, from %s', async (from, field) => {
    const { asked, url } = await aProvider(says(201))
    await twilio(url, from).send(sms)
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC123/Messages.json' })
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('AC123:token').toString('base64')}`)
    expect([...new URLSearchParams(asked[0]?.body)]).toEqual([
      ['To', sms.to],
      [field, from],
      ['Body', sms.text],
    ])
  })
})

describe('text messages by a webhook', () => {
  test('S23: one signed object, whose signature covers id, time and body', async () => {
    const { asked, url } = await aProvider(says(204))
    await webhook(`${url}/sms`).send(sms)
    const headers = asked[0]?.headers ?? {}
    const body = asked[0]?.body ?? ''
    expect(JSON.parse(body)).toEqual({ ...sms, createdAt: createdAt.toISOString() })
    expect(headers['webhook-id']).toBe(sms.id)
    const signed = `${sms.id}.${createdAt.getTime() / 1000}.${body}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`)
  })
})

describe('mail by Resend', () => {
  test('S23: one recipient, and the id of the message as idempotency key', async () => {
    const { asked, url } = await aProvider(says(200, { id: 'x' }))
    await resend(url).send(mail)
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/emails' })
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer re_key', 'idempotency-key': mail.id })
    expect(JSON.parse(asked[0]?.body ?? '{}')).toMatchObject({
      from: 'Acme <login@example.com>',
      to: ['ann@example.com'],
      subject: 'Passcode',
      html: '<p>081804</p>',
    })
  })

  test('X9: a logo goes along, under the name by which the HTML shows it', async () => {
    const { asked, url } = await aProvider(says(200, { id: 'x' }))
    await resend(url).send({ ...mail, logo: { type: 'image/jpeg', content: '/9j/' } })
    expect(JSON.parse(asked[0]?.body ?? '{}').attachments).toEqual([
      { filename: 'logo.jpg', content: '/9j/', content_type: 'image/jpeg', content_id: 'logo@twofold' },
    ])
  })

  test('one that says nothing is given up', async () => {
    const { url } = await aProvider(() => undefined)
    expect(await thrown(resend(url, 50).send(mail))).toMatchObject({ name: 'NotTakenOver', code: 'RESEND_TIMEOUT' })
  })
})

describe.each([
  ['TWILIO', (url: string) => twilio(url).send(sms)],
  ['WEBHOOK', (url: string) => webhook(url).send(sms)],
  ['RESEND', (url: string) => resend(url).send(mail)],
])('%s', (name, send) => {
  test.each([
    [400, Undeliverable],
    [422, Undeliverable],
    [401, NotTakenOver],
    [429, NotTakenOver],
    [500, NotTakenOver],
    [503, NotTakenOver],
  ])('S10: an answer of %i is told by its number alone', async (status, kind) => {
    const { url } = await aProvider(says(status, { statusCode: status, name: 'refused', message: 'refused 081804' }))
    const error = await thrown(send(url))
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ code: `${name}_${status}` })
    expect(String(error)).not.toContain('081804')
  })

  test('a provider that is down, or breaks off halfway, has not taken it over', async () => {
    expect(await thrown(send('http://127.0.0.1:1'))).toBeInstanceOf(NotTakenOver)
    const { url } = await aProvider((response) => response.destroy())
    expect(await thrown(send(url))).toBeInstanceOf(NotTakenOver)
  })
})

test('ASVS 15.3.2: a redirect of a gateway is not followed', async () => {
  const other = await aProvider(says(200))
  const { url } = await aProvider(says(302, {}, { location: other.url }))
  expect(await thrown(twilio(url).send(sms))).toBeInstanceOf(NotTakenOver)
  expect(await thrown(webhook(url).send(sms))).toBeInstanceOf(NotTakenOver)
  expect(other.asked).toEqual([])
})

test('a gateway that says nothing is given up', async () => {
  const { url } = await aProvider(() => undefined)
  const asking = post('WEBHOOK', url, { headers: {}, body: '' }, 50)
  expect(await thrown(asking)).toMatchObject({ name: 'NotTakenOver', code: 'WEBHOOK_TIMEOUT' })
})
