import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card, CardGrid } from '@/components/ui/card'
import { EventLine } from '@/components/ui/disclosure'
import { Figure } from '@/components/ui/figure'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Shares } from '@/components/ui/progress'
import { TextLink } from '@/components/ui/text-link'
import type { PlanView } from '@/lib/administration/reminder/types'
import type { EventGroup } from '@/lib/audit/reading/rules'
import { progressOf } from '@/lib/coverage/rules'
import type { CoverageCounts } from '@/lib/coverage/types'
import { lastMomentOf } from '@/lib/identity/policy/rules'
import { loadOverview, type OverviewView } from '@/lib/web/loaders/security'
import {
  auditPath,
  consolePath,
  invitationsPath,
  messagesPath,
  peoplePath,
  requirementPath,
  resetRequestsPath,
} from '@/lib/web/paths'
import { groupSentence, knownKind } from '@/lib/web/words/audit'
import { securityState, sharesOf } from '@/lib/web/words/coverage'
import { type Reader, reader } from '@/lib/web/words/reader'
import { FirstSteps } from './first-steps'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('nav.overview') }
}

export default async function OverviewPage({ params }: { params: Promise<{ tenant: string }> }) {
  const text = await reader()
  const { t, time } = text
  const { tenant } = await params
  const view = await loadOverview(tenant)
  if (view === null) return <NotHere />
  const state = securityState(view.security)
  return (
    <Console view={view} current={consolePath(tenant)}>
      <PageHeader title={view.actor.tenant.tenant.name} intro={view.isAdmin ? t('overview.intro') : undefined} />
      <div className="grid gap-6">
        {view.steps === null ? null : <FirstSteps tenant={tenant} steps={view.steps} t={t} />}
        {view.coverage === null ? null : <Coverage view={view} coverage={view.coverage} tenant={tenant} text={text} />}
        {view.events === null ? null : (
          <Card
            title={t('overview.events')}
            flush
            footer={<TextLink href={auditPath(tenant)}>{t('overview.allEvents')}</TextLink>}
          >
            {view.events.groups.map((group) => (
              <EventLine
                key={group.newest.id}
                summary={<EventSummary group={group} more={view.events?.more ?? false} tenant={tenant} t={t} />}
                time={time(group.newest.at)}
              />
            ))}
          </Card>
        )}
        <Card
          title={t('overview.you')}
          aside={<Badge variant={state.badge} label={t(`account.badge.${state.word}`)} />}
          footer={<LinkButton href="/account/security">{t('account.manage')}</LinkButton>}
        >
          <p className="text-sm">{t(`account.state.${state.sentence}`)}</p>
        </Card>
      </div>
    </Console>
  )
}

/** Many of one kind in one line, with the way to each of them. */
function EventSummary({
  group,
  more,
  tenant,
  t,
}: {
  group: EventGroup
  more: boolean
  tenant: string
  t: Reader['t']
}) {
  const sentence = groupSentence(group, t)
  const kind = knownKind(group.newest.kind)
  if (group.events === 1 || kind === null) return sentence
  const href = auditPath(tenant, { personId: null, kind, from: null, to: null })
  return <TextLink href={href}>{more ? t('overview.countMore', { sentence }) : sentence}</TextLink>
}

/** How many are not done, by when they should be, and what goes out to them by itself (P8). */
function Plan({ plan, tenant, text: { t, date, time } }: { plan: PlanView; tenant: string; text: Reader }) {
  const { outstanding, nextAt } = plan
  const { team, end } = plan.deadlines
  if (outstanding === 0) return null
  const same = team !== null && end !== null && team.getTime() === end.getTime()
  const line = (type: 'team' | 'end', until: Date | null) =>
    until === null ? [] : [t('invite.deadlineOf', { type: t(`userType.${type}`), when: date(lastMomentOf(until)) })]
  const lines = same
    ? [t('overview.deadline', { when: date(lastMomentOf(team)) })]
    : [...line('team', team), ...line('end', end)]
  return (
    <>
      <p>{t('reminder.outstanding', { n: outstanding })}</p>
      {lines.map((said) => (
        <p key={said}>{said}</p>
      ))}
      <p>
        <TextLink href={requirementPath(tenant)}>
          {nextAt === null ? t('overview.noReminder') : t('overview.nextReminder', { when: time(nextAt) })}
        </TextLink>
      </p>
    </>
  )
}

/** The three numbers that matter first; whatever waits, and each user type, behind them. */
function Coverage({
  view,
  coverage: { types, required, atRisk, readiness },
  tenant,
  text,
}: {
  view: OverviewView
  coverage: CoverageCounts
  tenant: string
  text: Reader
}) {
  const { t } = text
  const people = peoplePath(tenant)
  const { enrolled, mustSetUp, invited, of } = progressOf(types.team, types.end)
  const asked = required.team || required.end
  return (
    <>
      <CardGrid>
        <Figure label={t('overview.enrolled')} value={t('overview.of', { enrolled, of })}>
          {asked ? null : <p>{t('overview.nobodyAsked')}</p>}
          {invited === 0 ? null : (
            <p>
              <TextLink href={invitationsPath(tenant)}>{t('overview.invited', { n: invited })}</TextLink>
            </p>
          )}
        </Figure>
        <Figure label={t('overview.mustSetUp')} value={t('overview.number', { n: mustSetUp })}>
          {mustSetUp > 0 ? (
            <p>
              <TextLink href={`${people}?status=setup_required`}>{t('overview.seeWho')}</TextLink>
            </p>
          ) : asked && invited === 0 ? (
            <p>{t('overview.allDone')}</p>
          ) : null}
          {view.plan === null ? null : <Plan plan={view.plan} tenant={tenant} text={text} />}
        </Figure>
        <Figure
          label={t('overview.lostPhone')}
          value={readiness === 'nobody_enrolled' ? '–' : t('overview.number', { n: atRisk })}
        >
          {readiness === 'nobody_enrolled' ? <p>{t('overview.readinessNobody')}</p> : null}
          {readiness === 'nobody_at_risk' ? <p>{t('overview.lostPhoneNone')}</p> : null}
          {atRisk === 0 ? null : (
            <>
              <p className="text-ink-muted">{t('overview.lostPhoneHint')}</p>
              <p>
                <TextLink href={`${people}?risk=1`}>{t('overview.seeWho')}</TextLink>
              </p>
            </>
          )}
        </Figure>
      </CardGrid>
      <CardGrid>
        {(['team', 'end'] as const).map((type) => (
          <Card key={type} title={t(`userType.${type}`)}>
            <Shares {...sharesOf(progressOf(types[type]), required[type], t)} />
          </Card>
        ))}
        <Card title={t('overview.waiting')}>
          <ul className="grid gap-2 text-sm">
            <li>
              <TextLink href={resetRequestsPath(tenant)}>
                {t('overview.requests', { n: view.waiting?.requests ?? 0 })}
              </TextLink>
            </li>
            <li>
              <TextLink href={messagesPath(tenant)}>
                {t('overview.failing', { n: view.waiting?.messages ?? 0 })}
              </TextLink>
            </li>
          </ul>
        </Card>
      </CardGrid>
    </>
  )
}
