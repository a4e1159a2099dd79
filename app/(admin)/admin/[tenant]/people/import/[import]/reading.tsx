import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ChoiceField } from '@/components/ui/choice-field'
import { DefinitionList } from '@/components/ui/definition-list'
import { Disclosure } from '@/components/ui/disclosure'
import { ActionForm } from '@/components/ui/form'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { nameOfSeparator } from '@/lib/administration/import/rules'
import { COLUMNS, type ImportView, SEPARATOR_NAMES } from '@/lib/administration/import/types'
import { CHARSETS } from '@/lib/core/kernel/charset'
import { formatDay } from '@/lib/i18n/translate'
import type { Reader } from '@/lib/web/words/reader'
import { giveRole, readImportAgain } from '../actions'

type Part = { file: ImportView; tenant: string; text: Reader }

/** Beyond this nobody looks for a heading. */
const MAX_SHOWN = 60

/** What the requirement means for people of a role, and until when it can be put off (P8). */
export function meaning(
  { required, lastDay }: ImportView['choices'][number] | ImportView['roles'][number],
  { t, locale }: Reader,
): string {
  if (!required) return t('import.notCovered')
  return lastDay === null ? t('import.covered') : t('import.coveredBy', { day: formatDay(locale, lastDay) })
}

/** The file as it was read last, for a form that changes one thing of it. */
export function readingOf(file: ImportView, tenant: string): Record<string, string> {
  const { reading } = file
  return {
    tenant,
    import: file.id,
    ...(file.fallback === null ? {} : { role: file.fallback }),
    ...(file.suspended ? { suspended: 'on' } : {}),
    ...(file.update ? { update: 'on' } : {}),
    ...(reading === null
      ? {}
      : {
          charset: reading.charset,
          separator: nameOfSeparator(reading.separator),
          ...Object.fromEntries(COLUMNS.map((column) => [`at_${column}`, String(reading.columns[column] ?? '')])),
        }),
  }
}

/** For people of whom the file says no role: which one, and what that means (X8). */
export function RoleQuestion({ file, tenant, text }: Part) {
  const { t } = text
  const count = file.waiting
  if (count === 0) return null
  const { role: _, ...hidden } = readingOf(file, tenant)
  return (
    <Card title={t('import.whichRole', { count })} intro={t('import.whichRoleWhy')}>
      <ActionForm action={giveRole} hidden={hidden} className="grid gap-5">
        <ChoiceField
          legend={t('import.whichRole', { count })}
          hideLegend
          name="role"
          options={file.choices.map((choice) => ({
            value: choice.role,
            label: t(`import.means.${choice.role}`, { count, required: choice.required ? 'yes' : 'no' }),
            hint: meaning(choice, text),
          }))}
        />
        <div>
          <SubmitButton pendingLabel={t('common.working')}>{t('import.giveRole')}</SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}

/** Encoding, separator and columns as recognised, and a form to change them. */
export function HowRead({ file, tenant, text }: Part) {
  const { t } = text
  const { reading } = file
  const used = Object.values(reading?.columns ?? {})
  const others = (reading?.headings ?? []).filter((heading, at) => heading !== '' && !used.includes(at))
  return (
    <Card title={t('import.howRead')}>
      <div className="grid gap-5">
        {reading === null ? null : (
          <DefinitionList
            items={[
              { term: t('import.encoding'), value: t(`import.charset.${reading.charset}`) },
              { term: t('import.separatedBy'), value: t(`import.separator.${nameOfSeparator(reading.separator)}`) },
              ...COLUMNS.flatMap((column) => {
                const at = reading.columns[column]
                return at === undefined
                  ? []
                  : [{ term: t(`import.column.${column}`), value: <bdi>{reading.headings[at]}</bdi> }]
              }),
              ...(others.length === 0
                ? []
                : [{ term: t('import.notUsed'), value: <bdi>{others.slice(0, MAX_SHOWN).join(', ')}</bdi> }]),
            ]}
          />
        )}
        {file.startedAt !== null ? null : file.kept ? (
          <Disclosure summary={t('import.readElse')} open={file.problem !== null}>
            <Elsewise file={file} tenant={tenant} text={text} />
          </Disclosure>
        ) : (
          <p className="text-sm text-ink-muted">{t('import.file.gone')}</p>
        )}
      </div>
    </Card>
  )
}

function Elsewise({ file, tenant, text: { t } }: Part) {
  const { reading } = file
  const recognise = { value: '', label: t('import.recognise') }
  const headings = (reading?.headings ?? []).flatMap((heading, at) =>
    heading === '' ? [] : [{ value: String(at), label: heading }],
  )
  return (
    <ActionForm action={readImportAgain} hidden={{ tenant, import: file.id }} className="grid gap-5">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(13rem,100%),1fr))] gap-4">
        <SelectField
          label={t('import.encoding')}
          name="charset"
          defaultValue={reading?.charset ?? ''}
          options={[recognise, ...CHARSETS.map((value) => ({ value, label: t(`import.charset.${value}`) }))]}
        />
        <SelectField
          label={t('import.separatedBy')}
          name="separator"
          defaultValue={reading === null ? '' : nameOfSeparator(reading.separator)}
          options={[recognise, ...SEPARATOR_NAMES.map((value) => ({ value, label: t(`import.separator.${value}`) }))]}
        />
        {reading === null
          ? null
          : COLUMNS.map((column) => (
              <SelectField
                key={column}
                label={t(`import.column.${column}`)}
                name={`at_${column}`}
                defaultValue={String(reading.columns[column] ?? '')}
                options={[{ value: '', label: t('import.none') }, ...headings]}
              />
            ))}
        <SelectField
          label={t('import.roleOfRest')}
          name="role"
          defaultValue={file.fallback ?? ''}
          options={[
            { value: '', label: t('import.refuseRest') },
            ...file.choices.map(({ role }) => ({ value: role, label: t(`role.${role}`) })),
          ]}
        />
      </div>
      <CheckboxField
        label={t('import.takeSuspended')}
        name="suspended"
        hint={t('import.takeSuspendedHint')}
        defaultChecked={file.suspended}
      />
      <CheckboxField
        label={t('import.takeChanges')}
        name="update"
        hint={t('import.takeChangesHint')}
        defaultChecked={file.update}
      />
      <div>
        <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
          {t('import.readAgain')}
        </SubmitButton>
      </div>
    </ActionForm>
  )
}
