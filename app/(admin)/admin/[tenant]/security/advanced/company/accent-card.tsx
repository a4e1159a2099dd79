import { AccentSample } from '@/components/ui/accent-sample'
import { Card } from '@/components/ui/card'
import { ColorField } from '@/components/ui/color-field'
import { CopyButton } from '@/components/ui/copy-button'
import { ActionForm } from '@/components/ui/form'
import { SubmitButton } from '@/components/ui/submit-button'
import { accentLooks } from '@/lib/administration/company/accent/rules'
import type { Reader } from '@/lib/web/words/reader'
import { saveAccent } from '../actions'
import { UseNearest } from './use-nearest'

/** The colour of a company's buttons and links, and how it looks in both schemes (X6). */
export function AccentCard({
  tenant,
  view: { accent, signInUrl },
  typed,
  t,
}: {
  tenant: string
  view: { accent: string | null; signInUrl: string }
  typed: string | undefined
  t: Reader['t']
}) {
  return (
    <Card title={t('company.accentTitle')} intro={t('company.accentIntro')}>
      <ActionForm action={saveAccent} hidden={{ tenant }}>
        <ColorField
          label={t('company.accentLabel')}
          name="accent"
          hint={t('company.accentHint')}
          defaultValue={typed ?? accent ?? ''}
          placeholder="#0c6673"
          pickLabel={t('company.accentPick')}
        />
        <AccentSample label={t('company.accentSample')} {...accentLooks(accent)} />
        <div className="grid justify-items-start gap-1.5 text-sm">
          <p className="text-ink-muted">{t('company.accentWhere')}</p>
          <p className="wrap-anywhere">{signInUrl}</p>
          <CopyButton text={signInUrl} label={t('common.copy')} copiedLabel={t('common.copied')} variant="secondary" />
        </div>
        <div className="flex flex-wrap gap-3">
          <SubmitButton pendingLabel={t('common.working')}>{t('company.accentSave')}</SubmitButton>
          <UseNearest label={t('company.accentUse', { color: '{color}' })} />
        </div>
      </ActionForm>
    </Card>
  )
}
