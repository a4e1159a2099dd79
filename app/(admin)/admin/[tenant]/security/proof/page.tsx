import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { Console } from '@/app/console'
import { NotHere } from '@/app/not-here'
import { DefinitionList } from '@/components/ui/definition-list'
import { Heading, PageHeader } from '@/components/ui/heading'
import { PrintButton } from '@/components/ui/print-button'
import { Shares } from '@/components/ui/progress'
import { Table, Td, Th, Tr } from '@/components/ui/table'
import { TextLink } from '@/components/ui/text-link'
import type { ServiceRow } from '@/lib/administration/proof/types'
import { progressOf } from '@/lib/coverage/rules'
import { lastMomentOf } from '@/lib/identity/policy/rules'
import type { UserType } from '@/lib/identity/user/types'
import { loadProof, type ProofPageView } from '@/lib/web/loaders/proof'
import { auditPath, proofPath, reportsPath } from '@/lib/web/paths'
import { sharesOf } from '@/lib/web/words/coverage'
import { type Reader, reader, readerIn } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('proof.title') }
}

/** What an auditor asks for, on one page that prints as it stands (X11). */
export default async function ProofPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant } = await params
  const view = await loadProof(tenant)
  if (view === null) return <NotHere />
  // Everybody who holds the page reads the same times.
  const text = await readerIn(view.proof.zone)
  const { t, date } = text
  const { name } = view.actor.tenant.tenant
  return (
    <Console view={view} current={proofPath(tenant)}>
      <PageHeader
        title={t('proof.heading', { tenant: name })}
        intro={t('proof.intro', { when: date(view.proof.at), zone: view.proof.zone })}
        actions={<PrintButton label={t('proof.print')} variant="secondary" />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8 print:gap-5">
        <PolicySection view={view} tenant={tenant} text={text} />
        <Section title={t('proof.numbers')}>
          <div className="grid gap-6 sm:grid-cols-2">
            {(['team', 'end'] as const).map((type) => (
              <div key={type} className="grid content-start gap-2">
                <Heading level={3} size="base">
                  {t(`userType.${type}`)}
                </Heading>
                <Shares
                  {...sharesOf(progressOf(view.proof.coverage.types[type]), view.proof.coverage.required[type], t)}
                />
              </div>
            ))}
          </div>
        </Section>
        <Exceptions view={view} text={text} />
        <ReportSection view={view} tenant={tenant} text={text} />
        <Section title={t('proof.log')}>
          <Verification view={view} tenant={tenant} text={text} />
        </Section>
      </div>
    </Console>
  )
}

type Part = { view: ProofPageView; text: Reader }

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-3 break-inside-avoid-page">
      <Heading level={2} size="lg">
        {title}
      </Heading>
      {children}
    </section>
  )
}

function PolicySection({ view, tenant, text: { t, date } }: Part & { tenant: string }) {
  const { policy, changes } = view.proof
  const itemsOf = (type: UserType) => {
    const rule = policy[type]
    const since = rule.requiredSince
    return [
      {
        term: t('proof.requirement'),
        value: !rule.required
          ? t('advanced.off')
          : since === null
            ? t('advanced.on')
            : t('proof.requiredSince', { when: date(since) }),
      },
      ...(rule.required && rule.deadline !== null
        ? [{ term: t('proof.deadline'), value: date(lastMomentOf(rule.deadline)) }]
        : []),
      { term: t('proof.kinds'), value: rule.kinds.map((kind) => t(`factor.${kind}`)).join(', ') },
      {
        term: t('proof.trust'),
        value: rule.trustDays === 0 ? t('proof.trustNever') : t('proof.trustDays', { n: rule.trustDays }),
      },
      {
        term: t('proof.session'),
        value: t('proof.sessionLimits', { minutes: rule.idleMinutes, hours: rule.sessionHours }),
      },
    ]
  }
  return (
    <Section title={t('proof.policy')}>
      <div className="grid gap-6 sm:grid-cols-2">
        {(['team', 'end'] as const).map((type) => (
          <div key={type} className="grid content-start gap-2">
            <Heading level={3} size="base">
              {t(`userType.${type}`)}
            </Heading>
            <DefinitionList items={itemsOf(type)} />
          </div>
        ))}
      </div>
      {changes.length === 0 ? (
        <p className="text-sm">{t('proof.noChanges')}</p>
      ) : (
        <div className="grid gap-1 text-sm">
          <Heading level={3} size="base">
            {t('proof.changes')}
          </Heading>
          <ul className="grid gap-1">
            {changes.map(({ id, at, by }) => (
              <li key={id}>{t('proof.change', { when: date(at), name: by ?? t('audit.actor.system') })}</li>
            ))}
          </ul>
          <p className="print:hidden">
            <TextLink href={auditPath(tenant, { personId: null, kind: 'policy_changed', from: null, to: null })}>
              {t('proof.allChanges')}
            </TextLink>
          </p>
        </div>
      )}
    </Section>
  )
}

function Exceptions({ view, text: { t, date } }: Part) {
  const { exceptions, moreExceptions, services, moreServices } = view.proof
  const none = exceptions.length === 0 && services.length === 0
  return (
    <Section title={t('proof.exceptions')}>
      {none ? (
        <p className="text-sm">{t('proof.noExceptions')}</p>
      ) : (
        <Table
          label={t('proof.exceptions')}
          head={
            <>
              <Th>{t('people.name')}</Th>
              <Th>{t('proof.what')}</Th>
              <Th>{t('proof.reason')}</Th>
              <Th>{t('proof.until')}</Th>
            </>
          }
        >
          {exceptions.map(({ id, name, email, moreTime, reason, by, from, until }) => (
            <Tr key={id}>
              <Who name={name} email={email} />
              <Td label={t('proof.what')}>{t(moreTime ? 'proof.moreTime' : 'people.status.exempt')}</Td>
              <Td label={t('proof.reason')}>
                {reason}
                <span className="block text-xs text-ink-muted">
                  {by === null
                    ? t('proof.given', { when: date(from) })
                    : t('proof.givenBy', { when: date(from), name: by })}
                </span>
              </Td>
              <Td label={t('proof.until')}>{date(moreTime ? lastMomentOf(until) : until)}</Td>
            </Tr>
          ))}
          {services.map((service) => (
            <Tr key={service.id}>
              <Who name={service.name} email={service.email} />
              <Td label={t('proof.what')}>{t('proof.service')}</Td>
              <Td label={t('proof.reason')}>
                {service.reason ?? t('proof.noReason')}
                <span className="block text-xs text-ink-muted">{madeOf(service, t, date)}</span>
              </Td>
              <Td label={t('proof.until')}>
                {service.until === null ? t('proof.noEnd') : date(lastMomentOf(service.until))}
              </Td>
            </Tr>
          ))}
        </Table>
      )}
      {moreExceptions ? <p className="text-sm">{t('proof.moreExceptions', { n: exceptions.length })}</p> : null}
      {moreServices ? <p className="text-sm">{t('proof.moreServices', { n: services.length })}</p> : null}
    </Section>
  )
}

function Who({ name, email }: { name: string; email: string }) {
  return (
    <Td>
      <bdi className="font-medium">{name}</bdi>
      <span className="block text-xs text-ink-muted">{email}</span>
    </Td>
  )
}

function madeOf({ by, byCommand, madeAt, until }: ServiceRow, t: Reader['t'], date: Reader['date']): string {
  const when = date(madeAt)
  if (until !== null) return by === null ? t('proof.given', { when }) : t('proof.givenBy', { when, name: by })
  if (byCommand) return t('proof.madeByCommand', { when })
  return by === null ? t('proof.made', { when }) : t('proof.madeBy', { when, name: by })
}

function ReportSection({ view, tenant, text: { t, date } }: Part & { tenant: string }) {
  const { report } = view.proof
  return (
    <Section title={t('proof.report')}>
      {report === null || report.finishedAt === null ? (
        <p className="text-sm">{t('proof.noReport')}</p>
      ) : (
        <p className="text-sm">
          {t(`report.scope.${report.scope}`)}, {date(report.finishedAt)}:{' '}
          {t('report.number', {
            enrolled: report.enrolled,
            of: report.enrolled + report.mustSetUp + report.invited,
            mustSetUp: report.mustSetUp,
            invited: report.invited,
          })}
        </p>
      )}
      <p className="text-sm print:hidden">
        <TextLink href={reportsPath(tenant)}>{t('nav.reports')}</TextLink>
      </p>
    </Section>
  )
}

function Verification({ view, tenant, text: { t, date } }: Part & { tenant: string }) {
  const { verification } = view.proof
  if (verification.is === 'waiting') return <p className="text-sm">{t('proof.notYet')}</p>
  const { is, at, today, fromSeq, throughSeq, wholeAt, findings } = verification
  const range = { from: String(Math.min(fromSeq, throughSeq)), to: String(throughSeq), when: date(at) }
  return (
    <div className="grid gap-2 text-sm text-pretty">
      <p className="font-medium">
        {is === 'broken'
          ? t('proof.broken', { n: findings, when: date(at) })
          : t(today ? 'proof.sound' : 'proof.late', range)}
      </p>
      {wholeAt === null ? null : <p>{t('proof.whole', { when: date(wholeAt) })}</p>}
      <p className="text-ink-muted">{t('proof.limit')}</p>
      <p className="print:hidden">
        <TextLink href={auditPath(tenant)}>{t('nav.audit')}</TextLink>
      </p>
    </div>
  )
}
