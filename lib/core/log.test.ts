import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OUTAGES } from './failure'
import { UnreadableRow } from './kernel/unreadable'
import { log, logFailure } from './log'

const away = () => Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
const full = () => Object.assign(new Error('no'), { code: 'SQLITE_FULL' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('N38: an outage is one line a minute and kind, with the cause in words and how often it was met', () => {
  const lines = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
  for (let n = 0; n < 152; n += 1) expect(logFailure(away(), 'a request failed', { path: '/' })).toBe('unreachable')
  expect(logFailure(full(), 'background work failed')).toBe('full')
  expect(lines.mock.calls).toEqual([
    [{ outage: 'unreachable', during: 'a request failed' }, OUTAGES.unreachable],
    [{ outage: 'full', during: 'background work failed' }, OUTAGES.full],
  ])
  vi.advanceTimersByTime(60_000)
  logFailure(away(), 'a request failed')
  expect(lines.mock.lastCall).toEqual([
    { outage: 'unreachable', during: 'a request failed', untold: 151 },
    OUTAGES.unreachable,
  ])
})

test('N38: a bug has a line each, with what it is', () => {
  const lines = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
  const bug = new TypeError('x is not a function')
  for (let n = 0; n < 2; n += 1) expect(logFailure(bug, 'an action failed', { requestId: 'r' })).toBeNull()
  expect(lines.mock.calls).toEqual([
    [{ requestId: 'r', err: bug }, 'an action failed'],
    [{ requestId: 'r', err: bug }, 'an action failed'],
  ])
})

test('N41: a row that cannot be read is told by its place and never its value, in ten lines a minute', () => {
  const lines = vi.spyOn(log(), 'error').mockImplementation(() => undefined)
  const place = { table: 'factor', id: 'f1', column: 'sealedKey', problem: 'broken_seal' } as const
  const error = new UnreadableRow([place])
  for (let n = 0; n < 40; n += 1) expect(logFailure(error, 'an action failed', { requestId: `r${n}` })).toBeNull()
  expect(lines).toHaveBeenCalledTimes(10)
  expect(lines.mock.calls[0]).toEqual([
    { requestId: 'r0', ...place, during: 'an action failed' },
    'factor f1: sealedKey does not open under its key: doctor says what to do.',
  ])
  logFailure(new UnreadableRow([{ ...place, id: 'f2' }]), 'an action failed')
  expect(lines).toHaveBeenCalledTimes(11)
  vi.advanceTimersByTime(60_000)
  logFailure(error, 'a request failed')
  expect(lines.mock.lastCall?.[0]).toMatchObject({ untold: 30 })
})
