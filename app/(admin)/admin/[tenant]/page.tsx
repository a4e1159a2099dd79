import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card, CardGrid } from '@/components/ui/card'
import { EventLine } from '@/components/ui/disclosure'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Shares } from '@/components/ui/progress'
import { TextLink } from '@/components/ui/text-link'
import { progressOf } from '@/lib/coverage/rules'
import type { CoverageCounts } from '@/lib/coverage/types'
import { loadOverview, type OverviewView } from '@/lib/web/loaders/security'
import { auditPath, consolePath, messagesPath, peoplePath, resetRequestsPath } from '@/lib/web/paths'
import { eventSentence } from '@/lib/web/words/audit'
import { securityState, sharesOf } from '@/lib/web/words/coverage'
import { type Reader, reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('nav.overview') }
}

export default async function OverviewPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { t, time } = await reader()
  const { tenant } = await params
  const view = await loadOverview(tenant)
  if (view === null) return <NotHere />
  const state = securityState(view.security)
  return (
    <Console view={view} current={consolePath(tenant)}>
      <PageHeader title={view.actor.tenant.tenant.name} intro={view.isAdmin ? t('overview.intro') : undefined} />
      <div className="grid gap-6">
        {view.coverage === null ? null : <Coverage view={view} coverage={view.coverage} tenant={tenant} t={t} />}
        {view.events === null ? null : (
          <Card
            title={t('overview.events')}
            flush
            footer={<TextLink href={auditPath(tenant)}>{t('overview.allEvents')}</TextLink>}
          >
            {view.events.map((event) => (
              <EventLine key={event.id} summary={eventSentence(event, t)} time={time(event.at)} />
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

function Coverage({
  view,
  coverage: { types, atRisk, readiness },
  tenant,
  t,
}: {
  view: OverviewView
  coverage: CoverageCounts
  tenant: string
  t: Reader['t']
}) {
  const people = peoplePath(tenant)
  return (
    <>
      <CardGrid>
        {(['team', 'end'] as const).map((type) => (
          <Card key={type} title={t(`userType.${type}`)}>
            <div className="grid gap-3">
              <Shares {...sharesOf(progressOf(types[type]), t)} />
              <p className="text-sm">
                <TextLink href={`${people}?type=${type}&status=setup_required`}>
                  {t('overview.setup', { n: types[type].states.setup_required })}
                </TextLink>
              </p>
            </div>
          </Card>
        ))}
      </CardGrid>
      <CardGrid>
        <Card title={t('overview.readiness')}>
          <p className="text-sm">
            {readiness === 'nobody_enrolled'
              ? t('overview.readinessNobody')
              : t('overview.readinessText', { n: atRisk })}
          </p>
          {atRisk === 0 ? null : (
            <p className="mt-3 text-sm">
              <TextLink href={`${people}?risk=1`}>{t('overview.readinessSee')}</TextLink>
            </p>
          )}
        </Card>
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
