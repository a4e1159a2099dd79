import { Alert } from '@/components/ui/alert'
import { lastMomentOf } from '@/lib/identity/policy/rules'
import type { PersonPageView } from '@/lib/web/loaders/people'
import type { Reader } from '@/lib/web/words/reader'

/** What it is, and that there is nothing yet that it could do (U8). */
export function Service({
  service: { until, given },
  text: { t, time },
}: {
  service: NonNullable<PersonPageView['view']['service']>
  text: Reader
}) {
  return (
    <Alert tone="attention">
      <span className="block">
        {until === null ? t('person.service') : t('person.serviceUntil', { when: time(lastMomentOf(until)) })}{' '}
        {t('person.serviceDoes')}
      </span>
      {given === null ? null : (
        <span className="block">
          {given.by === null
            ? t('person.serviceReason', { reason: given.reason })
            : t('person.serviceReasonBy', { reason: given.reason, name: given.by })}
        </span>
      )}
    </Alert>
  )
}
