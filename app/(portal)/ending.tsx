import type { Ending as View } from '@/lib/authentication/undoing/types'
import { browserName } from '@/lib/web/words/places'
import type { Reader } from '@/lib/web/words/reader'

/** What the button below will end, by name and time (R11), and what comes then. */
export function EndingPage({ view, text: { t, time } }: { view: View; text: Reader }) {
  const from = ({ userAgent, address, at }: View['sessions'][number]) => ({
    browser: browserName(userAgent) ?? t('devices.browserUnknown'),
    address: address ?? t('devices.addressUnknown'),
    when: time(at),
  })
  const lines = [
    ...(view.address === null ? [] : [t('stop.ends.address', view.address)]),
    ...view.factors.map(({ kind, name, at }) =>
      t('stop.ends.factor', { name, kind: t(`factor.${kind}`), when: time(at) }),
    ),
    ...(view.codes === null ? [] : [t('stop.ends.codes', { count: view.codes.count, when: time(view.codes.at) })]),
    ...view.issued.map((at) => t('stop.ends.issued', { when: time(at) })),
    ...view.devices.map((device) => t('stop.ends.device', from(device))),
    ...view.sessions.map((session) => t('stop.ends.session', from(session))),
    ...(view.request === null ? [] : [t('stop.ends.request', { when: time(view.request) })]),
    t('stop.ends.always'),
  ]
  return (
    <section aria-labelledby="ends" className="mb-6 grid gap-2 text-sm">
      <h2 id="ends" className="text-base font-semibold text-ink">
        {t('stop.ends.title')}
      </h2>
      <ul className="grid list-disc gap-1.5 pl-5 text-ink">
        {[...new Set(lines)].map((line) => (
          <li key={line} className="wrap-anywhere">
            {line}
          </li>
        ))}
      </ul>
      <p className="text-ink-muted">{t('stop.ends.after')}</p>
    </section>
  )
}
