import { blend, darkenedFor, lightenedFor } from '../../../core/kernel/colors'

/** Of text as small as that of buttons and links (WCAG 2.2, 1.4.3). */
const RATIO = 4.5

/** What an accent stands on and what stands on it, as `app/globals.css` has them; `top` is the nearest to it. */
const LIGHT = { top: '#ffffff', surface: '#ffffff', text: '#ffffff', strong: '#000000' }
const DARK = { top: '#1a2329', surface: '#12181d', text: '#0c1115', strong: '#ffffff' }

/** `#rrggbb`, whatever its letters; null for nothing, undefined for what is no colour. */
export function readAccent(typed: string): string | null | undefined {
  const text = typed.trim().toLowerCase()
  if (text === '') return null
  return /^#[0-9a-f]{6}$/.test(text) ? text : undefined
}

/**
 * What of a colour can be an accent: itself, or the nearest of its hue that is dark enough for links on a light page,
 * and so for the white text of buttons. In dark the page asks for another anyway, and makes it.
 */
export function nearestAccent(color: string): string {
  return darkenedFor(color, RATIO, LIGHT.top)
}

/** In the light and the dark of a page: each name is a token of the theme. */
export function accentTokens(accent: string): { light: Record<string, string>; dark: Record<string, string> } {
  const tokensOf = (color: string, { surface, text, strong }: typeof LIGHT) => ({
    accent: color,
    'accent-surface': blend(color, 0.08, surface),
    'accent-border': blend(color, 0.4, surface),
    'accent-solid': color,
    'accent-solid-hover': blend(strong, 0.18, color),
    'on-accent': text,
  })
  return { light: tokensOf(accent, LIGHT), dark: tokensOf(lightenedFor(accent, RATIO, DARK.top), DARK) }
}

/** What the product itself has, as `app/globals.css` says. */
const OWN = { light: { solid: '#0c6673', text: '#ffffff' }, dark: { solid: '#147682', text: '#ffffff' } }

/** How a button looks in both schemes; null: as the product's own. */
export function accentLooks(accent: string | null) {
  const { light, dark } = accentTokens(accent ?? OWN.light.solid)
  const lookOf = (tokens: Record<string, string>, own: typeof OWN.light, ground: string) => ({
    ground,
    solid: accent === null ? own.solid : (tokens['accent-solid'] ?? ''),
    text: accent === null ? own.text : (tokens['on-accent'] ?? ''),
  })
  return { light: lookOf(light, OWN.light, LIGHT.surface), dark: lookOf(dark, OWN.dark, DARK.surface) }
}

/** Of what stands on pages with this accent. */
export function accentClass(accent: string): string {
  return `accent-${accent.slice(1)}`
}

/** The style sheet of one accent; it reaches what has its class, and nothing else of a page that stays open. */
export function accentSheet(accent: string): string {
  const { light, dark } = accentTokens(accent)
  const rule = (tokens: Record<string, string>) => {
    const lines = Object.entries(tokens).map(([name, value]) => `--color-${name}:${value};`)
    return `.${accentClass(accent)}{${lines.join('')}accent-color:var(--color-accent-solid)}`
  }
  return `${rule(light)}@media (prefers-color-scheme:dark){${rule(dark)}}`
}
