import { describe, expect, test } from 'vitest'
import { clearSiteData, setStatus, type Wanted, withResponse } from './response'

const fresh = (): Wanted => ({ headers: new Map(), form: 'none' })

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
