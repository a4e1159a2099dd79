import { Card } from '@/components/ui/card'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import type { FloorEffect } from '@/lib/administration/floors/rules'
import type { Reader } from '@/lib/web/words/reader'

const SHOWN = 100

/** What changes at which company, those with the most people first (P2). */
export function Effects({ effects, t }: { effects: readonly FloorEffect[]; t: Reader['t'] }) {
  const sum = (of: (effect: FloorEffect) => number) => effects.reduce((total, each) => total + of(each), 0)
  const companies = new Set(effects.map(({ tenant }) => tenant.id)).size
  const rows = effects.toSorted((one, other) => moved(other) - moved(one)).slice(0, SHOWN)
  return (
    <Card title={t('advanced.previewTitle')}>
      <div className="grid gap-5 text-sm" id="preview">
        <p>{t('floors.previewIntro')}</p>
        {effects.length === 0 ? (
          <p>{t('floors.previewNone')}</p>
        ) : (
          <>
            <p className="font-medium">
              {t('floors.previewTotal', {
                companies,
                now: sum(({ mustSetUp }) => mustSetUp.now),
                after: sum(({ mustSetUp }) => mustSetUp.after),
              })}
            </p>
            <Table
              label={t('advanced.previewTitle')}
              head={
                <>
                  <Th>{t('floors.column.company')}</Th>
                  <Th>{t('floors.column.who')}</Th>
                  <Th>{t('floors.column.changes')}</Th>
                  <Th>{t('floors.column.mustSetUp')}</Th>
                </>
              }
            >
              {rows.map(({ tenant, userType, settings, mustSetUp }) => (
                <Tr key={`${tenant.id} ${userType}`}>
                  <Td>
                    <bdi>{tenant.name}</bdi>
                  </Td>
                  <Td label={t('floors.column.who')}>{t(`userType.${userType}`)}</Td>
                  <Td label={t('floors.column.changes')}>
                    {settings.map((setting) => t(`floors.setting.${setting}`)).join(', ')}
                  </Td>
                  <Td label={t('floors.column.mustSetUp')}>
                    {t('floors.mustSetUp', { now: mustSetUp.now, after: mustSetUp.after })}
                  </Td>
                </Tr>
              ))}
            </Table>
            {effects.length > SHOWN ? <p>{t('floors.previewMore', { n: effects.length - SHOWN })}</p> : null}
          </>
        )}
      </div>
    </Card>
  )
}

function moved({ mustSetUp }: FloorEffect): number {
  return Math.abs(mustSetUp.after - mustSetUp.now)
}
