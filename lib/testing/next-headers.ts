/** Stands for `next/headers` in tests: `vi.mock('next/headers', () => import('../testing/next-headers'))`. */

interface SetCookie {
  name: string
  value: string
  options: Record<string, unknown>
}

const request = { headers: new Headers(), cookies: new Map<string, string>(), set: [] as SetCookie[] }

/** The request that is under way; what it answers is forgotten. */
export function arrive(more: { headers?: Record<string, string>; cookies?: Record<string, string> } = {}): void {
  request.headers = new Headers(more.headers ?? {})
  request.cookies = new Map(Object.entries(more.cookies ?? {}))
  request.set = []
}

/** What the answer to it sets, in order. */
export function setCookies(): readonly SetCookie[] {
  return request.set
}

export async function headers() {
  return request.headers
}

export async function cookies() {
  return {
    get: (name: string) => {
      const value = request.cookies.get(name)
      return value === undefined ? undefined : { name, value }
    },
    getAll: () => [...request.cookies].map(([name, value]) => ({ name, value })),
    set: (name: string, value: string, options: Record<string, unknown>) => {
      request.set.push({ name, value, options })
      request.cookies.set(name, value)
    },
  }
}
