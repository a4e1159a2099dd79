import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Card } from '@/components/ui/card'
import { DefinitionList } from '@/components/ui/definition-list'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { SelectField } from '@/components/ui/select-field'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { LOCALE_NAMES, LOCALES } from '@/lib/i18n/locales'
import { type InvitationOfView, loadInvitationOf } from '@/lib/web/loaders/people'
import { invitationsPath, peoplePath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'
import { changeInvitationOf } from '../actions'
import { ValidFor } from '../valid-for'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('invite.changeTitle') }
}

type Search = Record<string, string | string[] | undefined>

/** When, and what became of it where it was a reminder. */
function lastMailed({ row, mailedAt, reminder }: InvitationOfView, { t, time }: Reader): string {
  if (mailedAt === null) return t('invite.mailed.never')
  const when = time(mailedAt)
  return row.remindedAt === null || reminder === null ? when : t(`invite.mailed.${reminder.as}`, { when })
}

/** Role, language and validity of one invitation (R10). */
export default async function InvitationPage({
  params,
  searchParams,
}: {
  params: Promise<{ tenant: string; invitation: string }>
  searchParams: Promise<Search>
}) {
  const text = await reader()
  const { t, time } = text
  const { tenant, invitation } = await params
  const view = await loadInvitationOf(tenant, invitation)
  if (view === null) return <NotHere />
  const search = await searchParams
  const typed = (name: string) => (typeof search[name] === 'string' ? search[name] : undefined)
  const { row, terms } = view
  const intro = t('invite.changeIntro', { email: row.email, role: t(`role.${row.role}`) })
  return (
    <Console view={view} current={peoplePath(tenant)}>
      <PageHeader title={t('invite.changeTitle')} intro={intro} />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        <Card title={row.name}>
          <DefinitionList
            items={[
              { term: t('invite.mailed.title'), value: lastMailed(view, text) },
              {
                term: t('invite.mailed.next'),
                value: view.nextReminderAt === null ? t('invite.mailed.none') : time(view.nextReminderAt),
              },
            ]}
          />
          <ActionForm action={changeInvitationOf} hidden={{ tenant, invitation: row.id }}>
            <SelectField
              label={t('people.role')}
              name="role"
              defaultValue={typed('role') ?? row.role}
              options={view.roles.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            />
            <SelectField
              label={t('invite.language')}
              name="locale"
              defaultValue={typed('locale') ?? row.locale ?? text.locale}
              options={LOCALES.map((each) => ({ value: each, label: LOCALE_NAMES[each] }))}
            />
            <ValidFor
              deadline={terms.deadline}
              usual={terms.usualDays}
              typed={typed('days')}
              days={row.validDays}
              text={text}
            />
            <div className="flex flex-wrap items-center gap-4 text-sm">
              <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
              <TextLink href={invitationsPath(tenant)} quiet>
                {t('common.back')}
              </TextLink>
            </div>
          </ActionForm>
        </Card>
      </div>
    </Console>
  )
}
