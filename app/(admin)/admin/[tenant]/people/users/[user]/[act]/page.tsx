import type { Metadata } from 'next'
import { OwnerProofField } from '@/app/(admin)/owner-proof'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ActionForm, FormWhen } from '@/components/ui/form'
import type { FormAction } from '@/components/ui/form-state'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { TextLink } from '@/components/ui/text-link'
import { MAX_SERVICE_DAYS } from '@/lib/administration/people/conversion/rules'
import { REASON_LENGTH } from '@/lib/administration/people/rules'
import { NO_LANGUAGE } from '@/lib/administration/people/schema'
import { LOCALE_NAMES, LOCALES, localeOf } from '@/lib/i18n/locales'
import type { Act } from '@/lib/web/loaders/acts'
import { loadPersonAct, type PersonPageView } from '@/lib/web/loaders/people'
import { peoplePath, personPath } from '@/lib/web/paths'
import { ownerProof } from '@/lib/web/words/owner'
import { type Reader, reader } from '@/lib/web/words/reader'
import {
  changeAddressOf,
  changeProfileOf,
  changeRoleOf,
  endAllSessionsOf,
  endExemptionOfUser,
  endMembershipOf,
  exemptPerson,
  forgetAllDevicesOf,
  giveTimeTo,
  makeCodeFor,
  makePersonOf,
  makeServiceOf,
  reactivatePerson,
  resetPerson,
  suspendPerson,
} from '../../actions'
import { IssuedCode } from './issued-code'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('people.title') }
}

const ACTIONS: Readonly<Record<Act, FormAction>> = {
  reset: resetPerson,
  code: makeCodeFor,
  exempt: exemptPerson,
  unexempt: endExemptionOfUser,
  time: giveTimeTo,
  sessions: endAllSessionsOf,
  devices: forgetAllDevicesOf,
  role: changeRoleOf,
  profile: changeProfileOf,
  address: changeAddressOf,
  suspend: suspendPerson,
  reactivate: reactivatePerson,
  membership: endMembershipOf,
  service: makeServiceOf,
  unservice: makePersonOf,
}
const WITH_REASON: readonly Act[] = ['reset', 'code', 'exempt', 'time', 'address', 'suspend', 'membership', 'service']
/** Done once for each time that the page is drawn. */
const DRAWN: readonly Act[] = ['reset', 'code']
const DANGEROUS: readonly Act[] = ['reset', 'suspend', 'sessions', 'membership', 'service']

/** What came back from a step-up, by the names of the fields. */
const FIELDS = [
  'reason',
  'email',
  'days',
  'until',
  'role',
  'name',
  'locale',
  'shownName',
  'shownLocale',
  'meanwhile',
  'withCode',
  'devices',
  'approved',
] as const
type Typed = Partial<Record<(typeof FIELDS)[number], string>>

function typedOf(search: Record<string, string | string[] | undefined>): Typed {
  const said = FIELDS.flatMap((name) => {
    const value = search[name]
    return typeof value === 'string' && value !== '' ? [[name, value.slice(0, MAX_DRAFT_LENGTH)]] : []
  })
  return Object.fromEntries(said)
}
const MAX_DRAFT_LENGTH = 254

/** Says what will happen to whom, and asks. */
export default async function PersonActPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; user: string; act: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { t } = await reader()
  const { tenant, user, act: wanted } = await params
  const typed = typedOf(await searchParams)
  const view = await loadPersonAct(tenant, user, wanted, typed)
  if (view === null) return <NotHere />
  const { act } = view
  const { person, role, roles, may, exemptDays, serviceDays } = view.view
  const back = personPath(tenant, user)
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader
        title={t(`act.title.${act}`, { name: person.name })}
        intro={t(`act.intro.${act}`, { email: person.email })}
      />
      <div className="grid max-w-xl grid-cols-[minmax(0,1fr)] gap-6">
        {act === 'code' && typed.approved === '1' ? <Alert tone="attention">{t('act.codeNeeded')}</Alert> : null}
        {act === 'profile' && typed.meanwhile === '1' ? (
          <Alert tone="attention">
            {t('act.profileMeanwhile', { name: person.name, language: languageName(person.locale, t) })}
          </Alert>
        ) : null}
        <ActionForm
          action={ACTIONS[act]}
          hidden={{
            tenant,
            user,
            ...(DRAWN.includes(act) ? { lastDone: view.view.lastDone } : {}),
            ...(act === 'profile' ? shownOf(person, typed) : {}),
          }}
        >
          <FormWhen status={['idle', 'error']}>
            <Card tone={DANGEROUS.includes(act) ? 'danger' : 'plain'}>
              <div className="grid gap-5">
                {act === 'address' ? (
                  <TextField
                    label={t('act.newAddress')}
                    name="email"
                    type="email"
                    autoComplete="off"
                    maxLength={254}
                    defaultValue={typed.email}
                    hint={t('act.newAddressHint')}
                    required
                  />
                ) : null}
                {act === 'exempt' || act === 'time' ? (
                  <TextField
                    label={t('act.days')}
                    name="days"
                    type="number"
                    inputMode="numeric"
                    autoComplete="off"
                    min={1}
                    max={exemptDays}
                    defaultValue={typed.days ?? String(Math.min(7, exemptDays))}
                    hint={t(act === 'time' ? 'act.moreDaysHint' : 'act.daysHint', { days: exemptDays })}
                    short
                    required
                  />
                ) : null}
                {act === 'service' ? (
                  <TextField
                    label={t('act.until')}
                    name="until"
                    type="date"
                    autoComplete="off"
                    min={serviceDays.first}
                    max={serviceDays.last}
                    defaultValue={typed.until}
                    hint={t('act.untilHint', { days: MAX_SERVICE_DAYS })}
                    short
                    required
                  />
                ) : null}
                {WITH_REASON.includes(act) ? (
                  <TextField
                    label={t('act.reason')}
                    name="reason"
                    autoComplete="off"
                    maxLength={REASON_LENGTH}
                    defaultValue={typed.reason?.slice(0, REASON_LENGTH)}
                    hint={t('act.reasonHint')}
                    required
                  />
                ) : null}
                {act === 'reset' && may.includes('issue_code') ? (
                  <CheckboxField
                    label={t('act.withCode')}
                    name="withCode"
                    hint={t('act.withCodeHint')}
                    defaultChecked={typed.withCode === 'on'}
                  />
                ) : null}
                {act === 'reset' ? <OwnerProofField {...ownerProof(view, t)} /> : null}
                {act === 'sessions' ? (
                  <CheckboxField
                    label={t('act.withDevices')}
                    name="devices"
                    hint={t('act.withDevicesHint')}
                    defaultChecked={typed.devices !== 'off'}
                  />
                ) : null}
                {act === 'role' ? (
                  <SelectField
                    label={t('act.newRole')}
                    name="role"
                    defaultValue={roles.find((each) => each === typed.role) ?? role}
                    options={roles.map((each) => ({ value: each, label: t(`role.${each}`) }))}
                  />
                ) : null}
                {act === 'profile' ? <ProfileFields person={person} typed={typed} t={t} /> : null}
                <div className="flex flex-wrap items-center gap-4">
                  <SubmitButton
                    variant={DANGEROUS.includes(act) ? 'danger' : 'primary'}
                    pendingLabel={t('common.working')}
                  >
                    {t(`act.menu.${act}`)}
                  </SubmitButton>
                  <span className="text-sm">
                    <TextLink href={back} quiet>
                      {t('act.cancel')}
                    </TextLink>
                  </span>
                </div>
              </div>
            </Card>
          </FormWhen>
          <FormWhen status="done">
            <Card title={t('act.codeTitle')}>
              <div className="grid gap-5">
                <IssuedCode label={t('act.codeTitle')} copy={t('common.copy')} copied={t('common.copied')} />
                <p className="text-sm text-ink-muted">{t('act.codeOnce', { name: person.name })}</p>
                <div>
                  <LinkButton href={back}>{t('act.codeDone')}</LinkButton>
                </div>
              </div>
            </Card>
          </FormWhen>
        </ActionForm>
      </div>
    </Console>
  )
}

type Person = PersonPageView['view']['person']

/** What its fields had when it was first drawn: whatever differs from it is what was changed here. */
function shownOf(person: Person, { shownName, shownLocale }: Typed): Record<string, string> {
  return { shownName: shownName ?? person.name, shownLocale: shownLocale ?? person.locale ?? NO_LANGUAGE }
}

function languageName(tag: string | null, t: Reader['t']): string {
  const locale = localeOf(tag)
  return locale === null ? t('act.noLanguage') : LOCALE_NAMES[locale]
}

function ProfileFields({ person, typed, t }: { person: Person; typed: Typed; t: Reader['t'] }) {
  const languages = LOCALES.map((each) => ({ value: each as string, label: LOCALE_NAMES[each] }))
  return (
    <>
      <TextField
        label={t('act.newName')}
        name="name"
        autoComplete="off"
        maxLength={100}
        defaultValue={typed.name ?? person.name}
        required
      />
      <SelectField
        label={t('invite.language')}
        name="locale"
        defaultValue={typed.locale ?? person.locale ?? ''}
        options={person.locale === null ? [{ value: '', label: t('act.noLanguage') }, ...languages] : languages}
      />
    </>
  )
}
