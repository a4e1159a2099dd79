import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAdmission, type Leave, PATIENCE } from './admission'

const here = () => new AbortController().signal
/** Who was let in, in order; `settled` is null for whoever was not. */
function follow(entered: string[], name: string, place: Promise<Leave | null>) {
  const seen: { leave: Leave | null | undefined } = { leave: undefined }
  void place.then((leave) => {
    seen.leave = leave
    if (leave !== null) entered.push(name)
  })
  return seen
}
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('N3: places', () => {
  test('N3: as many are let in as there are places; one that leaves makes room for one, however often it says so', async () => {
    const admission = createAdmission(2)
    const [first, second] = [admission.take(), admission.take()]
    expect(admission.take()).toBeNull()
    first?.()
    first?.()
    expect(admission.take()).not.toBeNull()
    expect(admission.take()).toBeNull()
    second?.()
    expect(await admission.wait('a', here())).not.toBeNull()
  })

  test('N3: clients come in turns, however many requests one of them has waiting', async () => {
    const admission = createAdmission(1)
    let leave = admission.take()
    const entered: string[] = []
    const waiting = ['flood', 'flood', 'flood', 'flood', 'ann', 'ben', 'ann'].map((name) =>
      follow(entered, name, admission.wait(name, here())),
    )
    for (let turn = 0; turn < waiting.length; turn += 1) {
      leave?.()
      await settle()
      leave = waiting.find(({ leave }) => leave)?.leave ?? null
      for (const each of waiting) if (each.leave === leave) each.leave = undefined
    }
    expect(entered).toEqual(['flood', 'ann', 'ben', 'flood', 'ann', 'flood', 'flood'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('N3: whoever waits two seconds is sent away and takes no turn afterwards', async () => {
    const admission = createAdmission(1)
    const leave = admission.take()
    const entered: string[] = []
    const early = follow(entered, 'early', admission.wait('a', here()))
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    const late = follow(entered, 'late', admission.wait('a', here()))
    expect(early.leave).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(early.leave).toBeNull()
    leave?.()
    await settle()
    expect(entered).toEqual(['late'])
    expect(late.leave).toBeTypeOf('function')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('N3: whoever hangs up meanwhile takes no turn', async () => {
    const admission = createAdmission(1)
    const leave = admission.take()
    const entered: string[] = []
    const gone = new AbortController()
    const left = follow(entered, 'left', admission.wait('a', gone.signal))
    const stays = follow(entered, 'stays', admission.wait('a', here()))
    gone.abort()
    await settle()
    expect(left.leave).toBeNull()
    leave?.()
    await settle()
    expect(entered).toEqual(['stays'])
    stays.leave?.()
    expect(admission.take()).not.toBeNull()
    expect(await admission.wait('b', gone.signal)).toBeNull()
  })

  test('N3: no more than two thousand wait, so that those who wait take up little', async () => {
    const admission = createAdmission(1)
    admission.take()
    const waiting = Array.from({ length: 2_000 }, (_, index) => admission.wait(`client${index}`, here()))
    expect(await admission.wait('more', here())).toBeNull()
    await vi.advanceTimersByTimeAsync(PATIENCE)
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => null))
  })

  test('N3: where two thousand wait, whoever has most of them waiting makes room, and for itself none', async () => {
    const admission = createAdmission(1)
    const first = admission.take()
    const entered: string[] = []
    const flood = Array.from({ length: 1_999 }, () => follow(entered, 'flood', admission.wait('flood', here())))
    const ben = follow(entered, 'ben', admission.wait('ben', here()))
    expect(await admission.wait('flood', here())).toBeNull()
    const ann = follow(entered, 'ann', admission.wait('ann', here()))
    await settle()
    expect(flood.filter((each) => each.leave === null)).toHaveLength(1)
    first?.()
    await settle()
    flood.find((each) => each.leave)?.leave?.()
    await settle()
    ben.leave?.()
    await settle()
    expect(ann.leave).toBeTypeOf('function')
    expect(entered).toEqual(['flood', 'ben', 'ann'])
  })
})
