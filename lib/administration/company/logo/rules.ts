import type { Picture, PictureProblem } from './types'

/** Larger than a logo that was saved for the web, and small enough to go with every mail. */
export const MAX_LOGO_BYTES = 128 * 1024
export const MAX_LOGO_SIDE = 1024
/** A logo is longer than what is here before it is anybody's turn: who sends it slowly holds one place, not all. */
export const MAX_LOGOS_AT_ONCE = 2

/**
 * What a file is by its own bytes, whatever its name says (N36):
 * 1. No more of it than a logo has.
 * 2. One PNG or JPEG from its first byte to its last: what follows the picture may be another file.
 * 3. No more of width and height than a logo has, by its header: nothing is drawn of it here.
 */
export function readPicture(bytes: Uint8Array): Picture | PictureProblem {
  if (bytes.length > MAX_LOGO_BYTES) return 'too_large'
  const picture = readPng(bytes) ?? readJpeg(bytes)
  if (picture === null) return 'no_picture'
  const { width, height } = picture
  return width > MAX_LOGO_SIDE || height > MAX_LOGO_SIDE ? 'too_wide' : picture
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const CHUNK = 12

/** Chunk by chunk (PNG, third edition, 5): IHDR first, pixels in between, IEND with the last byte; none that moves. */
function readPng(bytes: Uint8Array): Picture | null {
  if (!PNG.every((byte, index) => bytes[index] === byte)) return null
  const view = viewOf(bytes)
  let size: { width: number; height: number } | null = null
  let pixels = false
  for (let at = PNG.length; at + CHUNK <= bytes.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const next = at + CHUNK + length
    if (next > bytes.length || (name === 'IHDR') !== (size === null) || name === 'acTL') return null
    if (name === 'IHDR') {
      if (length !== 13) return null
      size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) }
    }
    pixels ||= name === 'IDAT'
    if (name === 'IEND') return pixels && next === bytes.length ? sized('image/png', size) : null
    at = next
  }
  return null
}

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
/** Frames of pictures; the others of this range are tables (ITU-T T.81, table B.1). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
/** Markers that stand within the pixels: an escaped byte, and the restarts. */
const isWithin = (marker: number) => marker === 0x00 || (marker >= 0xd0 && marker <= 0xd7)

/** Marker by marker (ITU-T T.81, B.1): one frame, pixels behind it, and the end with the last byte. */
function readJpeg(bytes: Uint8Array): Picture | null {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return null
  const view = viewOf(bytes)
  let size: { width: number; height: number } | null = null
  let pixels = false
  for (let at = 2; at + 1 < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return null
    // Any number of them fills up before a marker.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === EOI) return pixels && at + 2 === bytes.length ? sized('image/jpeg', size) : null
    if (marker === SOI || isWithin(marker) || at + 4 > bytes.length) return null
    const length = view.getUint16(at + 2)
    const next = at + 2 + length
    if (length < 2 || next > bytes.length) return null
    if (isFrame(marker)) {
      if (size !== null || length < 8) return null
      size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
    if (marker === SOS) {
      if (size === null) return null
      pixels = true
    }
    at = marker === SOS ? afterPixels(bytes, next) : next
  }
  return null
}

/** The next marker that is not of the pixels. */
function afterPixels(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] === 0xff && bytes[at + 1] !== 0xff && !isWithin(bytes[at + 1] ?? 0)) return at
  }
  return bytes.length
}

function sized(type: Picture['type'], size: { width: number; height: number } | null): Picture | null {
  return size === null || size.width === 0 || size.height === 0 ? null : { type, ...size }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Chunks besides those that a picture cannot be drawn without: colours, and what is seen through (PNG, 11.3). */
const SHOWN_CHUNKS = ['tRNS', 'cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI', 'bKGD', 'pHYs']

/**
 * A picture that was read, without what its bytes say besides it: where and when it was taken, by what and by whom, and
 * what it was before it was cut (Exif, XMP, comments, small copies). What is not known to be seen goes.
 */
export function withoutNotes(bytes: Uint8Array, { type }: Picture): Uint8Array {
  return joined(type === 'image/png' ? shownOfPng(bytes) : shownOfJpeg(bytes))
}

function shownOfPng(bytes: Uint8Array): readonly Uint8Array[] {
  const view = viewOf(bytes)
  const parts = [bytes.subarray(0, PNG.length)]
  for (let at = PNG.length; at < bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const next = at + CHUNK + view.getUint32(at)
    // A name with a capital is of the picture itself (PNG, 5.4).
    if (/^[A-Z]/.test(name) || SHOWN_CHUNKS.includes(name)) parts.push(bytes.subarray(at, next))
    at = next
  }
  return parts
}

const COMMENT = 0xfe
const isApplication = (marker: number) => marker >= 0xe0 && marker <= 0xef
/** Of applications: which colours the pixels are, and how they were turned into numbers. */
const SHOWN_SEGMENTS: Readonly<Record<number, string>> = { 226: 'ICC_PROFILE\0', 238: 'Adobe' }
/** JFIF up to its density; a small copy of the picture may follow. */
const JFIF_LENGTH = 16

function shownOfJpeg(bytes: Uint8Array): readonly Uint8Array[] {
  const view = viewOf(bytes)
  const parts = [bytes.subarray(0, 2)]
  for (let at = 2; at < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === EOI) {
      parts.push(bytes.subarray(at))
      return parts
    }
    const segment = bytes.subarray(at, at + 2 + view.getUint16(at + 2))
    const next = marker === SOS ? afterPixels(bytes, at + segment.length) : at + segment.length
    if (marker === 0xe0 && isNamed(segment, 'JFIF\0') && segment.length >= JFIF_LENGTH + 2) {
      parts.push(Uint8Array.of(0xff, marker, 0, JFIF_LENGTH, ...segment.subarray(4, JFIF_LENGTH), 0, 0))
    } else if (marker !== COMMENT && (!isApplication(marker) || isNamed(segment, SHOWN_SEGMENTS[marker] ?? null))) {
      parts.push(bytes.subarray(at, next))
    }
    at = next
  }
  return parts
}

function isNamed(segment: Uint8Array, name: string | null): boolean {
  return name !== null && String.fromCharCode(...segment.subarray(4, 4 + name.length)) === name
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
