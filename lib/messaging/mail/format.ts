import type { MailLocale } from './types'

/** Date and time with the zone named; always UTC, for the reader's zone is not known. */
export function formatTime(locale: MailLocale, time: Date): string {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(time)
}
