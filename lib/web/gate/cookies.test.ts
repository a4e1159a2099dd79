import { beforeEach, describe, expect, test, vi } from 'vitest'
import { arrive, setCookies } from '../../testing/next-headers'
import {
  ATTEMPT_COOKIE,
  BEGUN_COOKIE,
  DEVICE_COOKIE,
  KEPT_COOKIE,
  LINK_COOKIE,
  LOCALE_COOKIE,
  SESSION_COOKIE,
  USED_LINK_COOKIE,
} from '../server/request'
import { clearCookie, keepDevice, readCookie, setAttemptCookie, setLocaleCookie, setSessionCookie } from './cookies'

vi.mock('next/headers', () => import('../../testing/next-headers'))

const DAYS_400 = 400 * 86_400

describe('cookies (N30, ASVS 3.3)', () => {
  beforeEach(() => arrive())

  test('ASVS 3.3.1 to 3.3.4: each is bound to this host and HTTPS, out of scripts’ reach, and stays on this site', async () => {
    await setSessionCookie('session-token', 3600)
    await setAttemptCookie('attempt-token', 600)
    await keepDevice('device-token')
    await setLocaleCookie('de')
    const fixed = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' }
    expect(setCookies()).toEqual([
      { name: SESSION_COOKIE, value: 'session-token', options: { ...fixed, maxAge: 3600 } },
      { name: ATTEMPT_COOKIE, value: 'attempt-token', options: { ...fixed, maxAge: 600 } },
      { name: DEVICE_COOKIE, value: 'device-token', options: { ...fixed, maxAge: DAYS_400 } },
      { name: LOCALE_COOKIE, value: 'de', options: { ...fixed, maxAge: DAYS_400 } },
    ])
    for (const { name, options } of setCookies()) {
      expect(name).toMatch(/^__Host-/)
      expect(options).not.toHaveProperty('domain')
    }
  })

  test('a cleared one is emptied and ended with the same attributes, or the browser would keep it', async () => {
    await clearCookie(SESSION_COOKIE)
    expect(setCookies()).toEqual([
      {
        name: SESSION_COOKIE,
        value: '',
        options: { httpOnly: true, secure: true, sameSite: 'lax', path: '/', maxAge: 0 },
      },
    ])
  })

  test('reading gives the value, or null', async () => {
    arrive({ cookies: { [DEVICE_COOKIE]: 'token' } })
    expect(await readCookie(DEVICE_COOKIE)).toBe('token')
    expect(await readCookie(SESSION_COOKIE)).toBeNull()
  })

  test('S22: no two kinds share a name', () => {
    const names = [
      SESSION_COOKIE,
      ATTEMPT_COOKIE,
      DEVICE_COOKIE,
      LINK_COOKIE,
      USED_LINK_COOKIE,
      LOCALE_COOKIE,
      BEGUN_COOKIE,
      KEPT_COOKIE,
    ]
    expect(new Set(names).size).toBe(names.length)
  })
})
