import { describe, expect, test } from 'vitest'
import { blend, contrast, darkenedFor, lightenedFor, luminance } from './colors'

const hex = (...channels: number[]) => `#${channels.map((each) => each.toString(16).padStart(2, '0')).join('')}`
const channels = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))

/** Every 17th step of each channel: black, white, greys and 4,093 between. */
const COLORS = Array.from({ length: 16 ** 3 }, (_, at) => hex((at >> 8) * 17, ((at >> 4) & 15) * 17, (at & 15) * 17))

describe('contrast', () => {
  test('is what WCAG 2.2 calls so', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3)
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.542, 3)
    expect(contrast('#ff0000', '#ffffff')).toBeCloseTo(3.998, 3)
    expect(luminance('#ff0000')).toBeCloseTo(0.2126, 6)
    expect(luminance('#ffffff')).toBeCloseTo(1, 12)
  })

  test('is the same from both sides, and between 1 and 21', () => {
    for (const color of COLORS) {
      const ratio = contrast(color, '#336699')
      expect(ratio).toBe(contrast('#336699', color))
      expect(ratio).toBeGreaterThanOrEqual(1)
      expect(ratio).toBeLessThanOrEqual(21)
    }
  })
})

describe('a colour that is too faint', () => {
  test('is made as dark as it must be and no darker, and one that is dark enough stays', () => {
    for (const color of COLORS) {
      const dark = darkenedFor(color, 4.5, '#ffffff')
      expect(contrast(dark, '#ffffff'), color).toBeGreaterThanOrEqual(4.5)
      if (contrast(color, '#ffffff') >= 4.5) {
        expect(dark).toBe(color)
        continue
      }
      // One step lighter in each channel, and it is too faint again.
      const lighter = hex(...channels(dark).map((each) => each + 1))
      expect(contrast(lighter, '#ffffff'), color).toBeLessThan(4.5)
      expect(darkenedFor(dark, 4.5, '#ffffff')).toBe(dark)
    }
  })

  test('is made as light as it must be on a dark ground and no lighter', () => {
    for (const color of COLORS) {
      const light = lightenedFor(color, 4.5, '#1a2329')
      expect(contrast(light, '#1a2329'), color).toBeGreaterThanOrEqual(4.5)
      if (luminance(color) > luminance('#1a2329') && contrast(color, '#1a2329') >= 4.5) {
        expect(light).toBe(color)
        continue
      }
      const darker = hex(...channels(light).map((each) => Math.max(0, each - 1)))
      expect(contrast(darker, '#1a2329'), color).toBeLessThan(4.5)
    }
  })

  test('keeps its hue: the channels stay in their order, and grey stays grey', () => {
    for (const color of COLORS) {
      for (const made of [darkenedFor(color, 4.5, '#ffffff'), lightenedFor(color, 4.5, '#1a2329')]) {
        const [was, is] = [channels(color), channels(made)]
        for (const [a, b] of [
          [0, 1],
          [1, 2],
          [0, 2],
        ] as const) {
          const [before = 0, after = 0] = [(was[a] ?? 0) - (was[b] ?? 0), (is[a] ?? 0) - (is[b] ?? 0)]
          expect(Math.sign(before) * Math.sign(after), color).toBeGreaterThanOrEqual(0)
          if (before === 0) expect(after, color).toBe(0)
        }
      }
    }
  })
})

test('a blend is between its two, and one of them at its ends', () => {
  expect(blend('#0c6673', 1, '#ffffff')).toBe('#0c6673')
  expect(blend('#0c6673', 0, '#ffffff')).toBe('#ffffff')
  expect(blend('#000000', 0.5, '#ffffff')).toBe('#808080')
})
