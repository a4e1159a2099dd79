import { isUnreadableRow } from './lib/core/kernel/unreadable'
import { logFailure } from './lib/core/log'
import { isFormUnread, isOutage, noteOutage, noteUnreadable } from './lib/web/server/response'

interface FailedRequest {
  path: string
  method: string
  headers: Record<string, string | string[] | undefined>
}

/** A page or handler threw: the browser gets a reference, the log the cause. */
export function onRequestError(error: unknown, request: FailedRequest): void {
  // Told of as a refusal, once a minute and client: whoever sends broken forms fills no log.
  if (isFormUnread()) return
  const requestId = request.headers['x-twofold-request-id']
  const fields = { requestId, path: request.path.split('?')[0], method: request.method }
  if (isOutage()) return
  if (isUnreadableRow(error)) noteUnreadable()
  if (logFailure(error, 'a request failed', fields) !== null) noteOutage()
}
