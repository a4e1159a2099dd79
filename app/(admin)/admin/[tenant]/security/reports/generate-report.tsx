import { Card } from '@/components/ui/card'
import { ChoiceField } from '@/components/ui/choice-field'
import { ActionForm } from '@/components/ui/form'
import { SubmitButton } from '@/components/ui/submit-button'
import { REPORT_SCOPES, type ReportScope } from '@/lib/administration/report/types'
import type { Reader } from '@/lib/web/words/reader'
import { generateReport } from './actions'

/** The button that has a report made in the background (M1, M2). */
export function GenerateReport({ tenant, scope = 'team', t }: { tenant: string; scope?: ReportScope; t: Reader['t'] }) {
  return (
    <Card title={t('report.title')}>
      <ActionForm action={generateReport} hidden={{ tenant }}>
        <p className="text-sm">{t('report.intro')}</p>
        <ChoiceField
          legend={t('report.scopeName')}
          name="scope"
          defaultValue={scope}
          options={REPORT_SCOPES.map((scope) => ({ value: scope, label: t(`report.scope.${scope}`) }))}
        />
        <div>
          <SubmitButton pendingLabel={t('common.working')} variant="secondary">
            {t('report.generate')}
          </SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}
