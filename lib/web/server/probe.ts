import type { ServerResponse } from 'node:http'

const PROBES = {
  '/api/health': (ready: boolean) => ({ live: true, ready }),
  '/api/health/live': null,
  '/api/health/ready': (ready: boolean) => ({ ready }),
} as const
type Probe = keyof typeof PROBES

export function isProbe(path: string): path is Probe {
  return Object.hasOwn(PROBES, path)
}

/**
 * For load balancers and supervisors: asks nothing of the framework and waits behind nobody, or it would be a reason to
 * kill.
 */
export async function answerProbe(
  response: ServerResponse,
  path: Probe,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const said = PROBES[path]
  const ready = said === null || (await isReady())
  response.writeHead(ready ? 200 : 503, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(said === null ? { live: true } : said(ready)))
}
