import { connect } from 'node:net'

export interface Load {
  perSecond: number
  /** In milliseconds. */
  median: number
  p99: number
}

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * One request again and again on so many kept connections, each on to the next as soon as it is answered. Reads of an
 * answer its status and its length alone, so that it costs less than whoever answers.
 */
export async function load(
  url: string,
  path: string,
  { at, seconds, headers = {} }: { at: number; seconds: number; headers?: Record<string, string> },
): Promise<Load> {
  const { hostname, port, host } = new URL(url)
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(Array.from({ length: at }, () => lane(hostname, Number(port), request, end, times)))
  const took = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  const of = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { perSecond: times.length / took, median: of(0.5), p99: of(0.99) }
}

/** Bytes of the answer at the beginning of what came, or null while it is not whole. */
function answerLength(bytes: Buffer): number | null {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd)
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(head.split('\r\n')[0])
  const bodyBegins = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const whole = bodyBegins + Number(length)
    return bytes.length < whole ? null : whole
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error('an answer without a length')
  const last = bytes.indexOf('\r\n0\r\n\r\n', bodyBegins - 2, 'latin1')
  return last < 0 ? null : last + 7
}

function lane(host: string, port: number, request: Buffer, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    let rest = Buffer.alloc(0)
    let asked = 0
    const ask = () => {
      asked = performance.now()
      socket.write(request)
    }
    socket.once('connect', ask)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', (part) => {
      try {
        rest = rest.length === 0 ? part : Buffer.concat([rest, part])
        const length = answerLength(rest)
        if (length === null) return
        rest = rest.subarray(length)
        const now = performance.now()
        times.push(now - asked)
        if (now < end) ask()
        else socket.end()
      } catch (error) {
        socket.destroy()
        reject(error)
      }
    })
  })
}
