import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { checkNewPassword } from '../credentials/password/service'
import { createBreaches } from './breaches'
import { log } from './log'

const PASSWORD = 'copper meadow under seven bridges'
const DIGEST = createHash('sha1').update(PASSWORD).digest('hex').toUpperCase()
const [PREFIX, REST] = [DIGEST.slice(0, 5), DIGEST.slice(5)]
const PADDING = `${'0'.repeat(35)}:0`

describe('looking a password up elsewhere (N2, ASVS 6.2.12)', () => {
  let server: Server
  let seen: { url: string; headers: Record<string, unknown>; body: string }[]
  let answer: RequestListener
  const warn = vi.spyOn(log(), 'warn').mockImplementation(() => undefined)

  beforeEach(async () => {
    seen = []
    warn.mockClear()
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', headers: request.headers, body: '' })
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = (path = '', within = 2000) => createBreaches({ baseUrl: `${origin()}${path}`, within })
  const says = (text: string) => {
    answer = (_, response) => void response.end(text)
  }

  test('five digits of the digest go out and nothing else of the password, and padding is asked for', async () => {
    says(`${REST}:3\r\n${PADDING}`)
    expect(await ask('/base/').has(PASSWORD)).toBe(true)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ url: `/base/range/${PREFIX}`, headers: { 'add-padding': 'true' } })
    const sent = JSON.stringify(seen)
    for (const secret of [PASSWORD, REST, REST.slice(0, 6)]) expect(sent).not.toContain(secret)
  })

  test.each([
    ['another digest', `${'A'.repeat(35)}:9\r\n${PADDING}`, false],
    ['the digest as padding', `${REST}:0\r\n`, false],
    ['nothing', '', false],
    ['the digest in lower case, last', `${PADDING}\n${REST.toLowerCase()}:1`, true],
    ['the digest with no count', REST, false],
  ])('an answer of %s', async (_, text, known) => {
    says(text)
    expect(await ask().has(PASSWORD)).toBe(known)
    expect(warn).not.toHaveBeenCalled()
  })

  const failures: [string, RequestListener][] = [
    ['an error', (_, response) => void response.writeHead(503).end()],
    ['a way on, which is not followed', (_, response) => void response.writeHead(302, { location: '/x' }).end()],
    ['an end', (_, response) => void response.destroy()],
    ['silence', () => undefined],
    ['more than any range', (_, response) => void response.end('A'.repeat(1_200_000))],
  ]
  test.each(failures)('%s fails open, with one line', async (_, listener) => {
    answer = listener
    const breaches = ask('', 300)
    expect(await breaches.has(PASSWORD)).toBeNull()
    expect(await checkNewPassword({ breaches }, PASSWORD, { minimum: 15, context: [] })).toMatchObject({ ok: true })
    expect(seen).toHaveLength(2)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(JSON.stringify(warn.mock.calls)).not.toContain(PASSWORD)
  })

  test('a known one is refused, and what we refuse ourselves is never asked for', async () => {
    says(`${REST}:1`)
    const check = (password: string) => checkNewPassword({ breaches: ask() }, password, { minimum: 15, context: [] })
    expect(await check(PASSWORD)).toEqual({ ok: false, code: 'password_breached', detail: undefined })
    for (const password of ['short', 'passwordpassword', 'worldofwarkraft']) {
      expect(await check(password)).toMatchObject({ ok: false })
    }
    expect(seen).toHaveLength(1)
  })

  test('where nothing is set nothing is asked', async () => {
    says(`${REST}:1`)
    expect(await checkNewPassword({ breaches: null }, PASSWORD, { minimum: 15, context: [] })).toMatchObject({
      ok: true,
    })
    expect(seen).toEqual([])
  })
})
