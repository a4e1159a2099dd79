import type { MailOrder } from './types'

/** Whom a mail goes to: the person, in the language they chose or else in the one of whoever asks. */
export function readerOf(
  person: { id: string; email: string; tenantId: string; locale: string | null },
  locale: string | null,
): Pick<MailOrder, 'to' | 'userId' | 'tenantId' | 'locale'> {
  return { to: person.email, userId: person.id, tenantId: person.tenantId, locale: person.locale ?? locale }
}
