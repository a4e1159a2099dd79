import type { RandomBytes } from './random'

/** A UUID version 7 (RFC 9562 5.7): sortable by time, never a secret. */
export function newId(now: Date, random: RandomBytes): string {
  const bytes = random(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const time = now.getTime()
  view.setUint32(0, Math.floor(time / 2 ** 16))
  view.setUint16(4, time % 2 ** 16)
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f))
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Every id made after this time is greater. */
export function firstIdAt(time: Date): string {
  return newId(time, (size) => new Uint8Array(size))
}
