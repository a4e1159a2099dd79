/** Colours as `#rrggbb` in small letters. */

type Channels = readonly [red: number, green: number, blue: number]

function channelsOf(color: string): Channels {
  const at = (index: number) => Number.parseInt(color.slice(index, index + 2), 16)
  return [at(1), at(3), at(5)]
}

function colorOf(channels: Channels): string {
  return `#${channels.map((each) => each.toString(16).padStart(2, '0')).join('')}`
}

/** Of one channel, light as it adds up (WCAG 2.2, "relative luminance"; IEC 61966-2-1). */
function linear(channel: number): number {
  const share = channel / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

/** The way back, between the steps that a channel has. */
function gamma(light: number): number {
  return 255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055)
}

/** 0 for black, 1 for white (WCAG 2.2, "relative luminance"). */
export function luminance(color: string): number {
  const [red, green, blue] = channelsOf(color)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

const FLARE = 0.05

/** From 1 to 21, whichever stands on the other (WCAG 2.2, 1.4.3 and "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + FLARE) / (Math.min(a, b) + FLARE)
}

/**
 * The same hue, as dark as it must be for this contrast with a lighter ground and no darker: each channel gives the
 * same share of its light.
 */
export function darkenedFor(color: string, ratio: number, ground: string): string {
  const most = (luminance(ground) + FLARE) / ratio - FLARE
  const has = luminance(color)
  if (has <= most) return color
  const [red, green, blue] = channelsOf(color)
  const less = (channel: number) => Math.floor(gamma((linear(channel) * most) / has))
  return colorOf([less(red), less(green), less(blue)])
}

/** The same hue, with as much white in it as it needs for this contrast with a darker ground and no more. */
export function lightenedFor(color: string, ratio: number, ground: string): string {
  const least = (luminance(ground) + FLARE) * ratio - FLARE
  const has = luminance(color)
  if (has >= least) return color
  const share = (least - has) / (1 - has)
  const [red, green, blue] = channelsOf(color)
  const more = (channel: number) => Math.min(255, Math.ceil(gamma(linear(channel) + (1 - linear(channel)) * share)))
  return colorOf([more(red), more(green), more(blue)])
}

/** So much of a colour, between 0 and 1, laid over another. */
export function blend(color: string, share: number, over: string): string {
  const [top, below] = [channelsOf(color), channelsOf(over)]
  const mixed = (index: 0 | 1 | 2) => Math.round(top[index] * share + below[index] * (1 - share))
  return colorOf([mixed(0), mixed(1), mixed(2)])
}
