import { log } from './lib/log'

/** A page or handler threw: the browser gets a reference, the log the cause. */
export function onRequestError(error: unknown, request: { path: string; method: string }): void {
  const digest = typeof error === 'object' && error !== null && 'digest' in error ? error.digest : undefined
  log().error({ err: error, digest, path: request.path.split('?')[0], method: request.method }, 'a request failed')
}
