import { Agent, type IncomingMessage, request } from 'node:http'

export interface Answer {
  status: number
  cookies: string[]
  location: string | null
  body: string
}

/** Says of a browser that it keeps cookies, so that the form does not ask. */
export const KEEPS = { Cookie: '__Host-twofold-kept=1' }

/** A client light enough to leave the cores to the server: kept connections, no cookie jar, no redirects. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 })
  constructor(readonly url: string) {}

  send(method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, agent: this.agent, headers }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => resolve(answerOf(answer, Buffer.concat(parts).toString())))
        answer.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** Posts a form as a browser without script does. */
  post(path: string, fields: Record<string, string>, cookie = '', more: Record<string, string> = {}): Promise<Answer> {
    const boundary = 'twofold-bench-boundary'
    const parts = Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const body = `${parts.join('')}--${boundary}--\r\n`
    const headers = {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(Buffer.byteLength(body)),
      Origin: this.url,
      ...(cookie ? { Cookie: cookie } : {}),
      ...more,
    }
    return this.send('POST', path, headers, body)
  }

  close(): void {
    this.agent.destroy()
  }
}

function answerOf(answer: IncomingMessage, body: string): Answer {
  return {
    status: answer.statusCode ?? 0,
    cookies: (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0] ?? ''),
    location: answer.headers.location ?? null,
    body,
  }
}

/** The hidden fields that name the first form's action. */
export function hiddenFields(html: string): Record<string, string> {
  const form = html.match(/<form[^>]*>.*?<\/form>/s)?.[0] ?? ''
  const fields: Record<string, string> = {}
  for (const [tag] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = tag.match(/name="([^"]*)"/)?.[1]
    if (name)
      fields[name] = (tag.match(/value="([^"]*)"/)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  }
  return fields
}
