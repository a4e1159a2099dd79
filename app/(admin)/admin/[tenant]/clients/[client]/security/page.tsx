import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { CheckboxField } from '@/components/ui/checkbox-field'
import { ActionForm } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { Shares } from '@/components/ui/progress'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextLink } from '@/components/ui/text-link'
import { progressOf } from '@/lib/coverage/rules'
import { type ClientSecurityView, loadClientSecurity } from '@/lib/web/loaders/clients'
import { clientsPath } from '@/lib/web/paths'
import { foretold, sharesOf } from '@/lib/web/words/coverage'
import { type Reader, reader } from '@/lib/web/words/reader'
import { changeStageOf, reactivateClientOf, saveClientRequirement, suspendClientOf } from '../../actions'
import { ClientTabs } from '../client-tabs'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('clients.security') }
}

type Where = { tenant: string; client: string }
const TYPES = ['team', 'end'] as const

export default async function ClientSecurityPage({
  params,
  searchParams,
}: {
  params: Promise<Where>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { t } = await reader()
  const where = await params
  const search = await searchParams
  const view = await loadClientSecurity(where, search)
  if (view === null) return <NotHere />
  const { client, draft, fixed } = view
  const { policy } = view.view
  const ticked = draft?.required ?? { team: policy.team.required, end: policy.end.required }
  const resumed = view.steppedUp && draft !== null && search.look === undefined
  return (
    <Console view={view} current={clientsPath(where.tenant)}>
      <PageHeader title={client.name} intro={t('clients.securityIntro', { client: client.name })} />
      <ClientTabs where={where} current="security" t={t} />
      <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
        {search.notice === 'changed' ? <Alert tone="positive">{t('advanced.saved')}</Alert> : null}
        {search.notice === 'unchanged' ? <Alert tone="info">{t('advanced.unchanged')}</Alert> : null}
        {resumed ? <Alert tone="info">{t('advanced.resumed')}</Alert> : null}
        {fixed ? <Alert tone="info">{t('error.partner_in_production')}</Alert> : null}
        {view.view.hasFactor || fixed ? null : (
          <Alert tone="attention" title={t('advanced.youFirstTitle')}>
            <p>{t('clients.youFirst')}</p>
            <p className="mt-2">
              <TextLink href="/account/security">{t('security.turnOnFirst')}</TextLink>
            </p>
          </Alert>
        )}
        {fixed ? (
          <Standing view={view} t={t} />
        ) : (
          <ActionForm action={saveClientRequirement} hidden={{ ...where, version: String(policy.version) }}>
            {TYPES.map((type) => (
              <Card
                key={type}
                title={t(`userType.${type}`)}
                aside={
                  <Badge
                    variant={policy[type].required ? 'positive' : 'neutral'}
                    label={t(policy[type].required ? 'advanced.on' : 'advanced.off')}
                  />
                }
              >
                <div className="grid items-start gap-x-10 gap-y-5 lg:grid-cols-2">
                  <Shares {...sharesOf(progressOf(view.coverage.types[type]), policy[type].required, t)} />
                  <CheckboxField
                    label={t(`advanced.require.${type}`)}
                    name={`${type}Required`}
                    defaultChecked={ticked[type]}
                    hint={policy[type].required ? t('clients.stopHint') : t(`advanced.requireHint.${type}`)}
                  />
                </div>
              </Card>
            ))}
            <div className="grid gap-4">
              <CheckboxField
                label={t('advanced.endSessions')}
                name="endSessions"
                defaultChecked={draft?.endSessions ?? false}
                hint={t('clients.endSessionsHint')}
              />
              <Foretold view={view} t={t} />
              <div className="flex flex-wrap gap-3">
                <SubmitButton pendingLabel={t('common.working')}>{t('common.save')}</SubmitButton>
                <SubmitButton pendingLabel={t('common.working')} variant="secondary" name="preview" value="1">
                  {t('advanced.preview')}
                </SubmitButton>
              </div>
            </div>
          </ActionForm>
        )}
        <Stage view={view} where={where} t={t} />
        <Suspension view={view} where={where} t={t} />
      </div>
    </Console>
  )
}

type Part = { view: ClientSecurityView; t: Reader['t'] }

/** Where nothing can be changed, for a reason that is said above (U7). */
function Standing({ view, t }: Part) {
  return TYPES.map((type) => (
    <Card key={type} title={t(`userType.${type}`)} aside={<Badge variant="positive" label={t('advanced.on')} />}>
      <Shares {...sharesOf(progressOf(view.coverage.types[type]), view.view.policy[type].required, t)} />
    </Card>
  ))
}

/** What happens to how many; their names are of the tenant's own admins to see (P2). */
function Foretold({ view: { draft, preview }, t }: Part) {
  if (draft === null || preview === null) return null
  return (
    <Card title={t('advanced.previewTitle')}>
      <div className="grid gap-5 text-sm" id="preview">
        <p>{t('advanced.previewIntro')}</p>
        {TYPES.map((type) => (
          <section key={type} className="grid gap-2">
            <h3 className="font-medium">{t(`userType.${type}`)}</h3>
            <Shares {...sharesOf(progressOf(preview[type]), draft.required[type], t)} />
            <ul className="grid gap-1">
              {foretold(preview[type], t).map(({ outcome, text, invited }) => (
                <li key={outcome} className="flex flex-wrap gap-x-3">
                  <span>{t(`advanced.outcome.${outcome}`)}</span>
                  <span className="font-medium tabular-nums">{text}</span>
                  {invited === null ? null : <span className="tabular-nums">{invited}</span>}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Card>
  )
}

function Stage({ view: { client }, where, t }: Part & { where: Where }) {
  if (client.stage === 'production') return null
  return (
    <Card title={t('clients.stage')} aside={<Badge variant="info" label={t('clients.trial')} />}>
      <ActionForm action={changeStageOf} hidden={where}>
        <p className="text-sm">{t(`clients.toProductionHint.${client.kind}`)}</p>
        <div>
          <SubmitButton variant="secondary" pendingLabel={t('common.working')}>
            {t('clients.toProduction')}
          </SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}

function Suspension({ view: { client }, where, t }: Part & { where: Where }) {
  const suspended = client.suspended === true
  return (
    <Card title={t(suspended ? 'clients.reactivateTitle' : 'clients.suspendTitle')}>
      <ActionForm action={suspended ? reactivateClientOf : suspendClientOf} hidden={where}>
        <p className="text-sm">{suspended ? t('clients.reactivateHint') : t(`clients.suspendHint.${client.kind}`)}</p>
        <div>
          <SubmitButton variant={suspended ? 'primary' : 'danger'} pendingLabel={t('common.working')}>
            {t(suspended ? 'clients.reactivate' : 'clients.suspend')}
          </SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}
