import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { type SMTPServer as Server, SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { aPng } from '../../testing/pictures'
import { LOGO_ID } from './rules'
import { createSmtpTransport } from './smtp-transport'
import { type Message, NotTakenOver, Undeliverable } from './types'

const message: Message = {
  id: '0199a3f0-7c1e-7000-8000-000000000001',
  to: 'ann@example.com',
  subject: '確認用パスコード: grüße',
  text: 'Your passcode\n\n081804\n.\nend',
  html: '<p>081804 — 확인</p>',
  locale: 'ja',
  createdAt: new Date('2026-11-20T09:00:00.000Z'),
}
const from = { name: 'Acme, "Inc."', address: 'login@example.com' }
const publicUrl = 'https://id.acme.example'

const ends: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Taken {
  hello: string
  from: string
  to: string[]
  raw: string
}

/** A mail server that speaks RFC 5321 over a socket, and what it has taken over. */
async function aServer(more: SMTPServerOptions = {}, refuse?: (raw: string) => Error | null) {
  const taken: Taken[] = []
  const server: Server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, session, callback) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const raw = Buffer.concat(parts).toString('utf8')
        const refused = refuse?.(raw) ?? null
        if (refused !== null) return callback(refused)
        const { mailFrom, rcptTo } = session.envelope
        taken.push({
          hello: String(session.hostNameAppearsAs),
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((each) => each.address),
          raw,
        })
        callback()
      })
    },
    ...more,
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { taken, port, url: (user = '') => `smtp://${user}127.0.0.1:${port}` }
}

function aTransport(url: string) {
  const transport = createSmtpTransport({ url, from, publicUrl })
  ends.push(() => transport.close())
  return transport
}

/** What a transport threw. */
async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

const answer = (code: number) => Object.assign(new Error(`no: ${message.text}`), { responseCode: code })

describe('mail over SMTP', () => {
  test.each([
    ['https://id.acme.example', 'id.acme.example'],
    ['https://id.b\u00fccher.example:8443', 'id.xn--bcher-kva.example'],
    ['http://localhost:3000', 'localhost'],
    ['http://127.0.0.1:3000', '[127.0.0.1]'],
    ['http://[::1]:3000', '[IPv6:::1]'],
  ])('at %s it calls itself %s, whatever this machine is called', async (publicUrl, name) => {
    const { taken, url } = await aServer()
    const transport = createSmtpTransport({ url: url(), from, publicUrl })
    ends.push(() => transport.close())
    await transport.send(message)
    // Tags of address literals are read without case (RFC 5321 2.4).
    expect(taken.map((each) => each.hello.toLowerCase())).toEqual([name.toLowerCase()])
    expect(taken[0]?.raw).toContain(`<${message.id}@${name}>`)
  })

  test('X9: a logo goes along inside, where the HTML names it, and the text stays as it is', async () => {
    const { taken, url } = await aServer()
    const content = aPng().toString('base64')
    const html = `<img src="cid:${LOGO_ID}" alt="Acme">${message.html}`
    await aTransport(url()).send({ ...message, html, logo: { type: 'image/png', content } })
    const raw = taken[0]?.raw ?? ''
    expect(raw).toContain('multipart/related')
    const mail = await PostalMime.parse(raw)
    expect(mail.text?.trim()).toBe(message.text)
    expect(mail.html?.trim()).toBe(html)
    const [logo, ...others] = mail.attachments
    expect(logo).toMatchObject({
      filename: 'logo.png',
      mimeType: 'image/png',
      disposition: 'inline',
      contentId: `<${LOGO_ID}>`,
    })
    expect(Buffer.from(logo?.content as ArrayBuffer).toString('base64')).toBe(content)
    expect(others).toEqual([])
  })

  test('S23: arrives as it was ordered, at one recipient, read by another program', async () => {
    const { taken, url } = await aServer()
    await aTransport(url()).send(message)
    expect(taken.map((each) => [each.from, each.to])).toEqual([['login@example.com', ['ann@example.com']]])
    const mail = await PostalMime.parse(taken[0]?.raw ?? '')
    expect(mail.from).toMatchObject({ name: 'Acme, "Inc."', address: 'login@example.com' })
    expect(mail.to).toMatchObject([{ address: 'ann@example.com' }])
    expect(mail.subject).toBe(message.subject)
    expect(mail.text?.trim()).toBe(message.text)
    expect(mail.html?.trim()).toBe(message.html)
    expect(mail.messageId).toBe(`<${message.id}@id.acme.example>`)
    const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]))
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'content-language': 'ja' })
  })

  test('S23: line breaks in a name or a subject make no further header and no further recipient', async () => {
    const { taken, url } = await aServer()
    const evil = '\r\nBcc: eve@example.com\r\n\r\nhello'
    const transport = createSmtpTransport({ url: url(), from: { ...from, name: `Acme${evil}` }, publicUrl })
    ends.push(() => transport.close())
    await transport.send({ ...message, subject: `Hello${evil}` })
    const mail = await PostalMime.parse(taken[0]?.raw ?? '')
    expect(mail.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(taken[0]?.to).toEqual(['ann@example.com'])
  })

  test('names itself with the user and password of the address, percent-decoded', async () => {
    const seen: unknown[] = []
    const { taken, url } = await aServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => {
        seen.push(username, password)
        callback(null, { user: username ?? '' })
      },
    })
    await aTransport(url('ann%40example.com:p%3Ass%2Fword@')).send(message)
    expect(seen).toEqual(['ann@example.com', 'p:ss/word'])
    expect(taken).toHaveLength(1)
  })

  test.each([
    [550, Undeliverable],
    [552, Undeliverable],
    [450, NotTakenOver],
    [421, NotTakenOver],
  ])(
    'a recipient answered with %i is final only from 500 on, and the word for it quotes nothing',
    async (code, kind) => {
      const { taken, url } = await aServer({ onRcptTo: (_address, _session, callback) => callback(answer(code)) })
      const error = await thrown(aTransport(url()).send(message))
      expect(error).toBeInstanceOf(kind)
      expect(error).toMatchObject({ code: `SMTP_${code}` })
      expect(String(error)).not.toContain('081804')
      expect(taken).toEqual([])
    },
  )

  test('a server that takes the text and then refuses it has not taken it over', async () => {
    const { url } = await aServer({}, () => answer(451))
    expect(await thrown(aTransport(url()).send(message))).toMatchObject({ name: 'NotTakenOver', code: 'SMTP_451' })
  })

  test('a wrong password is no end of the message: the settings may be mended', async () => {
    const { url } = await aServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(new Error('wrong')),
    })
    const transport = aTransport(url('ann:wrong@'))
    expect(await thrown(transport.send(message))).toBeInstanceOf(NotTakenOver)
    expect(await thrown(transport.verify())).toBeInstanceOf(NotTakenOver)
  })

  test('a server that is down, and then is back, gets the message at the next try', async () => {
    const first = await aServer()
    const url = first.url()
    await ends.pop()?.()
    expect(await thrown(aTransport(url).send(message))).toBeInstanceOf(NotTakenOver)
    const { taken, url: again } = await aServer()
    await aTransport(again()).send(message)
    expect(taken).toHaveLength(1)
  })

  test('beyond this machine nothing goes without TLS', async () => {
    const { taken, port } = await aServer()
    // The loopback network beside the names that count as this machine.
    const transport = createSmtpTransport({ url: `smtp://127.0.0.2:${port}`, from, publicUrl })
    ends.push(() => transport.close())
    expect(await thrown(transport.send(message))).toBeInstanceOf(NotTakenOver)
    expect(taken).toEqual([])
  })
})
