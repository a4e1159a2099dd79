import { Card } from '@/components/ui/card'
import { Shares } from '@/components/ui/progress'
import { TextLink } from '@/components/ui/text-link'
import { progressOf } from '@/lib/coverage/rules'
import type { TypeCounts } from '@/lib/coverage/types'
import type { UserType } from '@/lib/identity/user/types'
import { previewPath, type RequirementDraft } from '@/lib/web/forms/policy'
import { foretold, sharesOf } from '@/lib/web/words/coverage'
import type { Reader } from '@/lib/web/words/reader'

/** How many each thing happens to, with the way to their names (P2). */
export function Preview({
  tenant,
  draft,
  counts,
  t,
}: {
  tenant: string
  draft: RequirementDraft
  counts: Record<UserType, TypeCounts>
  t: Reader['t']
}) {
  return (
    <Card title={t('advanced.previewTitle')}>
      <div className="grid gap-5 text-sm" id="preview">
        <p>{t('advanced.previewIntro')}</p>
        {(['team', 'end'] as const).map((type) => (
          <section key={type} className="grid gap-2">
            <h3 className="font-medium">{t(`userType.${type}`)}</h3>
            <Shares {...sharesOf(progressOf(counts[type]), draft.required[type], t)} />
            <ul className="grid gap-2">
              {foretold(counts[type], t).map(({ outcome, people, text, invited }) => (
                <li key={outcome} className="grid gap-0.5">
                  <span className="flex flex-wrap items-baseline gap-x-3">
                    {people === 0 ? (
                      <span>{t(`advanced.outcome.${outcome}`)}</span>
                    ) : (
                      <TextLink href={previewPath(tenant, draft, outcome, type)}>
                        {t(`advanced.outcome.${outcome}`)}
                      </TextLink>
                    )}
                    <span className="font-medium tabular-nums">{text}</span>
                    {invited === null ? null : <span className="tabular-nums">{invited}</span>}
                  </span>
                  {outcome === 'locked_out' ? (
                    <span className="text-ink-muted">{t('advanced.lockedOutHint')}</span>
                  ) : null}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Card>
  )
}
