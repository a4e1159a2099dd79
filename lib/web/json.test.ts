import { expect, test } from 'vitest'
import { json } from './json'

test('ASVS 3.2.1, 14.2.2: an API answer is JSON and never kept', async () => {
  const answer = json({ user: { name: '<b>Olga</b>' } }, 401)
  expect(answer.status).toBe(401)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toEqual({ user: { name: '<b>Olga</b>' } })
  expect(json({}).status).toBe(200)
})
