import { crc32, deflateSync } from 'node:zlib'

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** A whole picture of one gray; `extra` chunks stand before its pixels. */
export function aPng({ width = 4, height = 2, extra = [] as readonly [string, Uint8Array][] } = {}) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8
  const pixels = deflateSync(Buffer.alloc((width + 1) * height, 0))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    ...extra.map(([name, data]) => chunk(name, data)),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const segment = (marker: number, ...data: number[]) => [0xff, marker, 0, data.length + 2, ...data]

const JFIF = [0x4a, 0x46, 0x49, 0x46, 0, 1, 2, 0, 0, 1, 0, 1, 0, 0]

/** The frame of one: its header and markers are whole, its pixels are not looked at by anything here. */
export function aJpeg({ width = 4, height = 2, frame = 0xc0, extra = [] as readonly [number, string][] } = {}) {
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff]
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xe0, ...JFIF),
    ...extra.flatMap(([marker, text]) => segment(marker, ...Buffer.from(text, 'latin1'))),
    ...segment(frame, 8, ...size, 1, 1, 0x11, 0),
    ...segment(0xda, 1, 1, 0, 0, 63, 0),
    ...[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56],
    ...segment(0xda, 1, 1, 0, 0, 63, 0),
    ...[0x78, 0xff, 0xff, 0xd9],
  ])
}
