import { describe, expect, test } from 'vitest'
import { clearSiteData, json, setStatus, type WantedResponse, withResponse } from './response'

const fresh = (): WantedResponse => ({ headers: new Map(), form: 'none' })

describe('what an action says of its response', () => {
  test('reaches the response of its own request, also after waiting', async () => {
    const [one, two] = [fresh(), fresh()]
    await Promise.all([
      withResponse(one, async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        setStatus(429, 61.2)
      }),
      withResponse(two, async () => {
        setStatus(403)
        clearSiteData()
      }),
    ])
    expect(one.status).toBe(429)
    expect([...one.headers]).toEqual([['Retry-After', '62']])
    expect(two.status).toBe(403)
    expect([...two.headers]).toEqual([['Clear-Site-Data', '"cache", "storage"']])
  })

  test.each([
    [0, '1'],
    [-5, '1'],
    [0.2, '1'],
    [5, '5'],
    [899.1, '900'],
  ])('a wait of %d s is said as %s whole seconds', (seconds, said) => {
    const wanted = fresh()
    withResponse(wanted, () => setStatus(503, seconds))
    expect(wanted.headers.get('Retry-After')).toBe(said)
  })

  test('outside a request there is nobody to tell', () => {
    expect(() => setStatus(500)).not.toThrow()
    expect(() => clearSiteData()).not.toThrow()
  })
})

test('ASVS 3.2.1, 14.2.2: an API answer is JSON and never kept', async () => {
  const answer = json({ user: { name: '<b>Olga</b>' } }, 401)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toEqual({ user: { name: '<b>Olga</b>' } })
  expect(json({}).status).toBe(200)
})
