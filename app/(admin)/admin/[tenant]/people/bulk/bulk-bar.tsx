import { Card } from '@/components/ui/card'
import { ChoiceField } from '@/components/ui/choice-field'
import { ActionForm, FormDisclosure } from '@/components/ui/form'
import { PickBox } from '@/components/ui/pick-box'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { BULK_ROLES, writeChoice } from '@/lib/administration/bulk/rules'
import { PICK } from '@/lib/administration/bulk/schema'
import type { BulkChoice } from '@/lib/administration/bulk/types'
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales'
import type { Reader } from '@/lib/web/words/reader'
import { prepareBulkOf } from './actions'

const FORM = 'bulk'

export function choiceLabel({ act, value }: BulkChoice, t: Reader['t']): string {
  const role = act === 'invited_role' || act === 'role' ? BULK_ROLES.find((each) => each === value) : undefined
  const language = act === 'invited_language' || act === 'language' ? LOCALES.find((each) => each === value) : undefined
  const to = role !== undefined ? t(`role.${role}`) : language !== undefined ? LOCALE_NAMES[language] : ''
  return t(`bulk.act.${act}`, { to })
}

/** What to do with the rows of a list that are ticked, with all of its page, or with all that its filter finds. */
export function BulkBar({
  tenant,
  filter,
  page,
  all,
  choices,
  t,
}: {
  tenant: string
  filter: string
  /** The rows of this page. */
  page: readonly string[]
  /** How many the filter finds, where that is known without looking for them. */
  all: number | null
  choices: readonly BulkChoice[]
  t: Reader['t']
}) {
  return (
    <Card flush>
      <div className="px-4 py-2 sm:px-5">
        <ActionForm id={FORM} action={prepareBulkOf} hidden={{ tenant, filter, page: page.join(' ') }}>
          <FormDisclosure summary={t('bulk.for')}>
            <SelectField
              label={t('bulk.what')}
              name="choice"
              options={choices.map((choice) => ({ value: writeChoice(choice), label: choiceLabel(choice, t) }))}
              className="max-w-md"
            />
            <ChoiceField
              legend={t('bulk.reach')}
              name="reach"
              defaultValue="picked"
              options={[
                { value: 'picked', label: t('bulk.picked') },
                { value: 'page', label: t('bulk.page', { count: page.length }) },
                { value: 'all', label: all === null ? t('bulk.all') : t('bulk.allOf', { count: all }) },
              ]}
              className="max-w-md"
            />
            <div className="flex flex-wrap items-center gap-4 text-sm">
              <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
                {t('bulk.next')}
              </SubmitButton>
              <span className="text-ink-muted">{t('bulk.nothingYet')}</span>
            </div>
          </FormDisclosure>
        </ActionForm>
      </div>
    </Card>
  )
}

export function Pick({ id, name, t }: { id: string; name: string; t: Reader['t'] }) {
  return <PickBox form={FORM} name={`${PICK}${id}`} label={t('bulk.pick', { name })} />
}
