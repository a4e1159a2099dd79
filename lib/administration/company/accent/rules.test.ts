import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contrast } from '../../../core/kernel/colors'
import { accentClass, accentSheet, accentTokens, nearestAccent, readAccent } from './rules'

const hex = (...channels: number[]) => `#${channels.map((each) => each.toString(16).padStart(2, '0')).join('')}`
const COLORS = Array.from({ length: 16 ** 3 }, (_, at) => hex((at >> 8) * 17, ((at >> 4) & 15) * 17, (at & 15) * 17))

const css = readFileSync('app/globals.css', 'utf8')
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')
const token = (scheme: string, name: string) => new RegExp(`--color-${name}: (#[0-9a-f]{6});`).exec(scheme)?.[1] ?? ''

describe('X6: a colour that is typed', () => {
  test.each([
    ['#0c6673', '#0c6673'],
    [' #0C66Ff ', '#0c66ff'],
    ['', null],
    ['   ', null],
    ['0c6673', undefined],
    ['#abc', undefined],
    ['#0c66731', undefined],
    ['#0c667g', undefined],
    ['teal', undefined],
    ['#000000;}body{display:none', undefined],
    ['rgb(0,0,0)', undefined],
  ])('%j is read as %j', (typed, read) => expect(readAccent(typed)).toBe(read))

  test('is taken when links of it can be read, and else the nearest that can is said', () => {
    expect(nearestAccent('#0c6673')).toBe('#0c6673')
    expect(nearestAccent('#767676')).toBe('#767676')
    expect(nearestAccent('#777777')).toBe('#767676')
    expect(nearestAccent('#ffcc00')).toBe('#917300')
    expect(nearestAccent('#ffffff')).toBe('#767676')
  })
})

describe('X6: whatever the accent', () => {
  const accents = [...new Set(COLORS.map(nearestAccent))]

  test('what it is drawn on, and what is drawn on it, can be told apart in both schemes (WCAG 2.2, 1.4.3)', () => {
    expect(accents.length).toBeGreaterThan(1000)
    for (const accent of accents) {
      const tokens = accentTokens(accent)
      for (const [scheme, made] of [
        [light, tokens.light],
        [dark, tokens.dark],
      ] as const) {
        const { 'on-accent': text = '', 'accent-solid': solid = '', 'accent-surface': under = '' } = made
        for (const ground of ['surface', 'raised']) {
          expect(contrast(made.accent ?? '', token(scheme, ground)), accent).toBeGreaterThanOrEqual(4.5)
        }
        expect(contrast(solid, text), accent).toBeGreaterThanOrEqual(4.5)
        expect(contrast(made['accent-solid-hover'] ?? '', text), accent).toBeGreaterThanOrEqual(4.5)
        for (const ink of ['ink', 'ink-muted']) {
          expect(contrast(token(scheme, ink), under), accent).toBeGreaterThanOrEqual(4.5)
        }
        // The ring around what has the focus, outside the card (1.4.11).
        expect(contrast(made.accent ?? '', token(scheme, 'ground')), accent).toBeGreaterThanOrEqual(3)
      }
    }
  })

  test('every token of an accent that the theme has is one of its sheet', () => {
    const names = [...light.matchAll(/--color-([a-z-]*accent[a-z-]*):/g)].map((match) => match[1]).sort()
    const { light: inLight, dark: inDark } = accentTokens('#0c6673')
    expect(Object.keys(inLight).sort()).toEqual(names)
    expect(Object.keys(inDark).sort()).toEqual(names)
  })

  test('its sheet says nothing but colours, to its own class alone', () => {
    const sheet = accentSheet('#ab12cd')
    expect(accentClass('#ab12cd')).toBe('accent-ab12cd')
    expect(sheet).toMatch(
      /^\.accent-ab12cd\{[^{}]+\}@media \(prefers-color-scheme:dark\)\{\.accent-ab12cd\{[^{}]+\}\}$/,
    )
    const values = [...sheet.matchAll(/--color-[a-z-]+:([^;]+);/g)].map((match) => match[1] ?? '')
    expect(values).toHaveLength(12)
    for (const value of values) expect(value).toMatch(/^#[0-9a-f]{6}$/)
  })
})
