import { Card } from '@/components/ui/card'
import { ActionForm } from '@/components/ui/form'
import { SubmitButton } from '@/components/ui/submit-button'
import type { RemindersView, RoundView } from '@/lib/administration/reminder/types'
import type { Reader } from '@/lib/web/words/reader'
import { remindEverybody } from './actions'

/** Mails to those who are not done: planned, asked for, and what became of them (P8). */
export function Reminders({ tenant, view, text }: { tenant: string; view: RemindersView; text: Reader }) {
  const { t, time } = text
  const { required, outstanding, planned, rounds, askAgainAt } = view
  return (
    <Card title={t('reminder.title')}>
      <div className="grid gap-4 text-sm">
        <p>{t('reminder.intro')}</p>
        {required ? <p className="font-medium">{t('reminder.outstanding', { n: outstanding })}</p> : null}
        {planned.length === 0 ? (
          <p>{t('reminder.plannedNone')}</p>
        ) : (
          <section className="grid gap-1">
            <h3 className="font-medium">{t('reminder.planned')}</h3>
            <ul className="grid gap-1">
              {planned.map(({ userType, milestone, at }) => (
                <li key={`${userType} ${milestone}`}>
                  {t('reminder.before', { type: userType, days: milestone, when: time(at) })}
                </li>
              ))}
            </ul>
          </section>
        )}
        {askAgainAt !== null ? (
          <p>{t('reminder.again', { when: time(askAgainAt) })}</p>
        ) : outstanding === 0 ? null : (
          <ActionForm action={remindEverybody} hidden={{ tenant }}>
            <div>
              <SubmitButton pendingLabel={t('common.working')} variant="secondary">
                {t('reminder.remind', { n: outstanding })}
              </SubmitButton>
            </div>
          </ActionForm>
        )}
        {rounds.length === 0 ? null : (
          <section className="grid gap-1">
            <h3 className="font-medium">{t('reminder.past')}</h3>
            <ul className="grid gap-2">
              {rounds.map((round) => (
                <li key={round.id} className="grid gap-0.5">
                  <span>{roundText(round, text)}</span>
                  <span className="text-ink-muted tabular-nums">
                    {t('reminder.counts', { sent: round.sent, failed: round.failed, waiting: round.waiting })}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Card>
  )
}

function roundText({ milestone, userType, askedByName, createdAt }: RoundView, { t, time }: Reader): string {
  const when = time(createdAt)
  if (milestone === null) return t('reminder.asked', { name: askedByName ?? '', when })
  return t('reminder.byItself', { type: userType ?? 'team', days: milestone, when })
}
