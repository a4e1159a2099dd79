import { NotTakenOver, Undeliverable } from '../mail/types'

/** Milliseconds. */
const WITHIN = 20_000
/** Answers that may change. */
const LATER = [401, 403, 404, 408, 409, 425, 429]

/** Posts to a gateway and follows no redirect (ASVS 15.3.2). `name` stands in the word for what went wrong. */
export async function post(
  name: string,
  url: string,
  request: { headers: Record<string, string>; body: string },
  within: number = WITHIN,
): Promise<void> {
  const status = await statusOf(name, url, request, within)
  if (status >= 200 && status < 300) return
  if (status >= 400 && status < 500 && !LATER.includes(status)) throw new Undeliverable(`${name}_${status}`)
  throw new NotTakenOver(`${name}_${status}`)
}

async function statusOf(
  name: string,
  url: string,
  request: { headers: Record<string, string>; body: string },
  within: number,
): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(within),
    })
    // What it says is not ours to read.
    await answer.body?.cancel()
    return answer.status
  } catch (error) {
    throw new NotTakenOver(error instanceof Error && error.name === 'TimeoutError' ? `${name}_TIMEOUT` : `${name}_DOWN`)
  }
}
