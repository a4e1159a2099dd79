import { expect } from 'vitest'

/** Whatever decides about the value of a browser: the pure rules, or the real store. */
export interface DeviceSystem<Met> {
  /** What is found when a request comes in. */
  read: (cookie: string) => Promise<Met>
  /** The same request after the right password, and with a verification or without. */
  finish: (
    cookie: string,
    met: Met,
    verified: boolean,
  ) => Promise<{ ended: boolean; known: boolean; cookie: string | null }>
}

export const HONEST_MOVES = [
  'sign-in',
  'sign-in lost',
  'verified',
  'verified lost',
  'two tabs',
  'two tabs crossed',
  'two tabs lost',
  'two tabs verified',
  'overtaken',
  'restart',
] as const
export const MOVES = [...HONEST_MOVES, 'keep', 'use what was kept'] as const
export type Move = (typeof MOVES)[number]

/**
 * One person's browser, and somebody who knows the password and keeps copies of its cookie. Fails when an honest order
 * of tabs, lost answers and restarts ends the device, or asks where it need not; when a copy is good that a
 * verification or a returned successor has overtaken; and when an old copy ends nothing.
 */
export async function walk<Met>(moves: readonly Move[], first: string, system: DeviceSystem<Met>): Promise<void> {
  let jar = first
  /** What the browser finds when it starts again: what it has sent was written down. */
  let disk = first
  /** How many verifications each row has had. A browser that lost what one gave it begins a new row. */
  const verifications = [0]
  /** Of which row a cookie is, and how many there had been when it was given; null where none ever was. */
  const given = new Map<string, { row: number; after: number | null }>([[first, { row: 0, after: 0 }]])
  const replaced = new Map<string, string>()
  const old = new Set<string>()
  const kept: string[] = []

  const isGood = (cookie: string) => {
    const from = given.get(cookie)
    return from !== undefined && from.after === verifications[from.row]
  }
  const send = async (cookie: string) => {
    disk = cookie
    return { cookie, good: isGood(cookie), met: await system.read(cookie) }
  }
  const finish = async ({ cookie, good, met }: Awaited<ReturnType<typeof send>>, verified = false) => {
    const done = await system.finish(cookie, met, verified)
    expect(done.ended, 'an honest device was ended').toBe(false)
    expect(done.known, 'what an honest browser sent').toBe(good)
    if (good) for (let each = replaced.get(cookie); each !== undefined; each = replaced.get(each)) old.add(each)
    const from = given.get(cookie) ?? { row: 0, after: null }
    const row = good || verified || from.after === null ? from.row : verifications.push(0) - 1
    if (verified) verifications[row] = (verifications[row] ?? 0) + 1
    if (done.cookie === null || done.cookie === cookie) return jar
    if (!given.has(done.cookie)) {
      given.set(done.cookie, { row, after: good || verified ? (verifications[row] ?? 0) : null })
      if (good || verified) replaced.set(done.cookie, cookie)
    }
    return done.cookie
  }

  for (const move of moves) {
    switch (move) {
      case 'sign-in':
      case 'verified':
        jar = await finish(await send(jar), move === 'verified')
        break
      case 'sign-in lost':
      case 'verified lost':
        await finish(await send(jar), move === 'verified lost')
        break
      case 'two tabs':
      case 'two tabs crossed':
      case 'two tabs lost':
      case 'two tabs verified': {
        const tabs = [await send(jar), await send(jar)] as const
        const verified = move === 'two tabs verified'
        const answers = [await finish(tabs[0], verified), await finish(tabs[1], verified)] as const
        if (move !== 'two tabs lost') jar = answers[move === 'two tabs' ? 1 : 0]
        break
      }
      case 'overtaken': {
        const slow = await send(jar)
        for (let times = 0; times < 2; times += 1) jar = await finish(await send(jar))
        jar = await finish(slow)
        break
      }
      case 'restart':
        jar = disk
        break
      case 'keep':
        kept.push(jar)
        break
      case 'use what was kept': {
        const copy = kept.find((each) => old.has(each) || !isGood(each))
        // One that is still good is the browser itself, as far as anybody can tell.
        if (copy === undefined) break
        const done = await system.finish(copy, await system.read(copy), false)
        expect(done.known, 'a copy opened something').toBe(false)
        if (old.has(copy)) expect(done.ended, 'an old copy ended nothing').toBe(true)
        return
      }
    }
  }
}
