import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { Pager, Tabs } from '@/components/ui/tabs'
import { BULK_OUTCOMES, type BulkOutcome } from '@/lib/administration/bulk/types'
import type { BulkPageView } from '@/lib/web/loaders/people'
import { bulkPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** Everybody it is about with what becomes of them, with filters as links. */
export function Targets({ view, tenant, text: { t } }: { view: BulkPageView; tenant: string; text: Reader }) {
  const { targets, more, view: bulk } = view.found
  const { query } = view
  const to = (outcome: BulkOutcome | null, after = 0) => {
    const search = new URLSearchParams({
      ...(outcome === null ? {} : { show: outcome }),
      ...(after === 0 ? {} : { after: String(after) }),
    })
    return `${bulkPath(tenant, bulk.id)}${search.size === 0 ? '' : `?${search}`}`
  }
  const shown = BULK_OUTCOMES.filter((outcome) => outcome === query.outcome || bulk.counts[outcome] > 0)
  return (
    <div>
      <Tabs
        label={t('bulk.filters')}
        items={[null, ...shown].map((outcome) => ({
          href: to(outcome),
          label: outcome === null ? t('bulk.everyone') : t(`bulk.is.${outcome}`),
          current: outcome === query.outcome,
          count: t('bulk.number', { count: outcome === null ? bulk.rows : bulk.counts[outcome] }),
        }))}
      />
      <Card flush>
        {targets.length === 0 ? (
          <EmptyState icon="users" title={t('people.none')} />
        ) : (
          <Table
            label={t('bulk.people')}
            head={
              <>
                <Th>{t('people.name')}</Th>
                <Th>{t('bulk.becomes')}</Th>
              </>
            }
          >
            {targets.map((row) => (
              <Tr key={row.number}>
                <Td>
                  <bdi className="font-medium">{row.name}</bdi>
                  <span className="block text-ink-muted">{row.email}</span>
                </Td>
                <Td label={t('bulk.becomes')}>{t(`bulk.is.${row.outcome}`)}</Td>
              </Tr>
            ))}
          </Table>
        )}
      </Card>
      <Pager
        label={t('people.pages')}
        className="mt-4"
        next={more === null ? undefined : { href: to(query.outcome, more), label: t('people.next') }}
      />
    </div>
  )
}
