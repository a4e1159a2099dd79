import { expect, test } from 'vitest'
import { createLimit } from './at-once'

test('N36: one of a key is under way and so many in all, and each that ends, ends well or not, makes room', async () => {
  const run = createLimit(2)
  const ends: (() => void)[] = []
  const slow = () => new Promise<string>((resolve) => ends.push(() => resolve('done')))
  const first = run('a', slow)
  expect(await run('a', slow)).toBe('busy')
  const second = run('b', slow)
  expect(await run('c', slow)).toBe('busy')
  for (const end of ends) end()
  expect(await Promise.all([first, second])).toEqual(['done', 'done'])
  await expect(run('a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  expect(await run('a', async () => 'again')).toBe('again')
})
