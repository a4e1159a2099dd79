import type { IncomingMessage, ServerResponse } from 'node:http'
import { holderOf } from '../../authentication/session/service'
import type { Deps } from '../../core/deps'
import { outageOf } from '../../core/failure'
import { isUnreadableRow } from '../../core/kernel/unreadable'
import { logFailure } from '../../core/log'
import { noteRefusal } from './refusal'
import { ADDRESS_HEADER, cookieIn, REQUEST_ID_HEADER, SESSION_COOKIE } from './request'
import { noteOutage, noteUnreadable } from './response'

const PATH = '/api/v1/me'

/** HEAD as GET; of what else comes there, the framework says that there is nothing. */
export function asksWhoAmI({ method, url = '' }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?', 1)[0] === PATH
}

async function whoAmI(deps: Deps, { headers }: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const found = await holderOf(deps, cookieIn(headers.cookie ?? '', SESSION_COOKIE))
  if (found === 'unknown') {
    const header = (name: string) => headers[name]?.toString() || null
    await noteRefusal(deps, 'unknown_session', {
      address: header(ADDRESS_HEADER),
      userAgent: headers['user-agent']?.slice(0, 300) ?? null,
      requestId: header(REQUEST_ID_HEADER),
    })
  }
  // Of whom a new password is demanded may do nothing else (D9).
  if (found === null || found === 'unknown' || found.person.passwordDemandedAt !== null)
    return { status: 401, body: { error: 'not_signed_in' } }
  const { person, home, session } = found
  return {
    status: 200,
    body: {
      user: {
        id: person.id,
        name: person.name,
        email: person.email,
        role: home.role,
        userType: home.userType,
        tenant: { slug: home.tenant.slug, name: home.tenant.name },
      },
      session: {
        id: session.id,
        methods: session.methods,
        createdAt: session.createdAt.toISOString(),
        expiresAt: session.expiresAt.toISOString(),
        steppedUpAt: session.steppedUpAt?.toISOString() ?? null,
      },
    },
  }
}

/**
 * Who is signed in with this cookie, and what the session rests on: asked for each request of what stands behind the
 * sign-in, so it does without the framework, which is three quarters of its price.
 */
export async function answerWhoAmI(deps: Deps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, body } = await whoAmI(deps, request)
    const text = JSON.stringify(body)
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  } catch (error) {
    if (outageOf(error) !== null) noteOutage()
    if (isUnreadableRow(error)) noteUnreadable()
    logFailure(error, 'a request failed')
    response.writeHead(500).end()
  }
}
