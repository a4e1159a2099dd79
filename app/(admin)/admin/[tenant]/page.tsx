import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card, CardGrid } from '@/components/ui/card'
import { PageHeader } from '@/components/ui/heading'
import { LinkButton } from '@/components/ui/link-button'
import { Progress } from '@/components/ui/progress'
import { loadOverview } from '@/lib/web/loaders'
import { securityState } from '@/lib/web/security-state'
import { reader } from '@/lib/web/text'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('nav.overview') }
}

export default async function OverviewPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { t } = await reader()
  const { tenant } = await params
  const view = await loadOverview(tenant)
  if (view === null) return <NotHere />
  const state = securityState(view.security)
  return (
    <Console view={view} current={`/admin/${tenant}`}>
      <PageHeader title={view.actor.tenant.tenant.name} intro={view.isAdmin ? t('overview.intro') : undefined} />
      <div className="grid gap-6">
        {view.isAdmin ? (
          <CardGrid>
            {(['team', 'end'] as const).map((type) => {
              const { people, enrolled } = view.progress[type]
              return (
                <Card key={type} title={t(`userType.${type}`)}>
                  <Progress
                    label={t('advanced.progressLabel')}
                    value={enrolled}
                    max={people}
                    text={t('advanced.progress', { enrolled, people })}
                  />
                </Card>
              )
            })}
          </CardGrid>
        ) : null}
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
