import { assured } from '@/lib/web/gate/guard'
import { json } from '@/lib/web/server/response'

/** Who is signed in with this cookie, and what the session rests on. */
export async function GET(): Promise<Response> {
  const actor = await assured()
  if (actor === null) return json({ error: 'not_signed_in' }, 401)
  const { person, home, session } = actor
  return json({
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
  })
}
