import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { BackToSteps } from '@/app/first-steps'
import { CurrentPassword, NewPassword } from '@/app/passwords'
import { UsernameHint } from '@/components/portal/username-hint'
import { Alert } from '@/components/ui/alert'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { ActionForm, FormDisclosure } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { Icon } from '@/components/ui/icon'
import { LinkButton } from '@/components/ui/link-button'
import { SubmitButton } from '@/components/ui/submit-button'
import { TextField } from '@/components/ui/text-field'
import { FACTOR_NAME_LENGTH } from '@/lib/credentials/factor/rules'
import { FEW_LEFT } from '@/lib/credentials/recovery/rules'
import { loadAccount } from '@/lib/web/loaders/account'
import { securityState } from '@/lib/web/words/coverage'
import { type Reader, reader } from '@/lib/web/words/reader'
import {
  askFirst,
  changeOwnPassword,
  removeOwnFactor,
  renameOwnFactor,
  turnTwoFactorOff,
  turnTwoFactorOn,
} from './actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('security.title') }
}

const NOTICES = [
  'factor_added',
  'factor_removed',
  'codes_made',
  'password_changed',
  'turned_on',
  'turned_off',
  'begin_again',
  'address_confirmed',
] as const
type View = Awaited<ReturnType<typeof loadAccount>>

export default async function SecurityPage({ searchParams }: { searchParams: Promise<{ notice?: string }> }) {
  const text = await reader()
  const { t } = text
  const view = await loadAccount()
  const { notice } = await searchParams
  const shown = NOTICES.find((each) => each === notice)
  const state = securityState(view.security)
  return (
    <Console view={view} current="/account/security">
      <PageHeader
        back={<BackToSteps tenant={view.actor.home.tenant.slug} />}
        title={t('security.title')}
        intro={t(`account.state.${state.sentence}`)}
      />
      <div className="grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-6">
        {shown ? (
          <Alert tone={shown === 'begin_again' ? 'attention' : 'positive'}>{t(`security.notice.${shown}`)}</Alert>
        ) : null}
        <TwoFactor view={view} text={text} />
        {view.security.factors.length > 0 ? <RecoveryCodes view={view} text={text} /> : null}
        <ChangePassword view={view} text={text} />
        <Address view={view} text={text} />
      </div>
    </Console>
  )
}

function TwoFactor({ view: { security }, text: { t, time } }: { view: View; text: Reader }) {
  const state = securityState(security)
  return (
    <Card
      title={t('security.twoFactor')}
      intro={t('security.twoFactorIntro')}
      aside={<Badge variant={state.badge} label={t(`account.badge.${state.word}`)} />}
      flush
    >
      {security.factors.map((factor) => (
        <div key={factor.id} className="border-b border-line">
          <div>
            <Row
              icon={<Icon name={factor.kind === 'email' ? 'mail' : 'phone'} />}
              title={
                <>
                  <bdi>{factor.name}</bdi>
                  <Badge
                    variant={factor.kind === 'totp' ? 'positive' : 'neutral'}
                    label={t(factor.kind === 'totp' ? 'enroll.good' : 'enroll.basic')}
                  />
                  {factor.first && security.factors.length > 1 ? (
                    <Badge variant="info" label={t('security.askedFirst')} />
                  ) : null}
                </>
              }
              note={
                <>
                  {factor.target === null ? null : (
                    <span className="block">
                      {factor.kind === 'sms' ? t('security.numberEnding', { ending: factor.target }) : factor.target}
                    </span>
                  )}
                  <span className="block">
                    {factor.lastUsedAt
                      ? t('security.factorUsed', { added: time(factor.createdAt), used: time(factor.lastUsedAt) })
                      : t('security.factorAdded', { added: time(factor.createdAt) })}
                  </span>
                  {factor.allowed ? null : <span className="block text-ink">{t('security.notAllowed')}</span>}
                </>
              }
              aside={
                security.factors.length > 1 && !factor.first && factor.allowed ? (
                  <ActionForm action={askFirst} hidden={{ factor: factor.id }}>
                    <SubmitButton variant="secondary" size="sm">
                      {t('security.askFirst')}
                    </SubmitButton>
                  </ActionForm>
                ) : null
              }
            />
          </div>
          <div className="grid gap-3 px-4 pb-4 sm:px-5">
            <ActionForm action={renameOwnFactor} hidden={{ factor: factor.id }}>
              <FormDisclosure summary={t('security.rename')}>
                <TextField
                  label={t('security.factorName')}
                  name="name"
                  defaultValue={factor.name}
                  maxLength={FACTOR_NAME_LENGTH}
                />
                <div>
                  <SubmitButton size="sm">{t('common.save')}</SubmitButton>
                </div>
              </FormDisclosure>
            </ActionForm>
            <ActionForm action={removeOwnFactor} hidden={{ factor: factor.id }}>
              <FormDisclosure summary={t('security.remove')}>
                {factor.removable ? (
                  <>
                    <p className="text-sm text-ink-muted">
                      {security.factors.length === 1 ? t('security.removeLast') : t('security.removeOne')}
                    </p>
                    <div>
                      <SubmitButton variant="danger" size="sm">
                        {t('security.removeNamed', { name: factor.name })}
                      </SubmitButton>
                    </div>
                  </>
                ) : (
                  <p className="text-sm text-ink-muted">{t('error.still_required')}</p>
                )}
              </FormDisclosure>
            </ActionForm>
          </div>
        </div>
      ))}
      <div className="grid gap-4 p-4 sm:p-5">
        <div className="flex flex-wrap gap-3">
          {security.factors.length > 0 && !security.inForce ? (
            <ActionForm action={turnTwoFactorOn}>
              <SubmitButton>{t('security.turnOn')}</SubmitButton>
            </ActionForm>
          ) : null}
          <LinkButton href="/account/security/add" variant={security.factors.length === 0 ? 'primary' : 'secondary'}>
            {security.factors.length > 0
              ? t('security.addAnother')
              : security.required
                ? t('security.setUp')
                : t('security.turnOnFirst')}
          </LinkButton>
        </div>
        {security.wasReset ? <Alert tone="attention">{t('security.wasReset')}</Alert> : null}
        {(security.factors.length > 0 && security.inForce) || security.wasReset ? (
          <ActionForm action={turnTwoFactorOff}>
            <FormDisclosure summary={t('security.turnOff')}>
              {security.required ? (
                <p className="text-sm text-ink-muted">{t('error.still_required')}</p>
              ) : (
                <>
                  <p className="text-sm text-ink-muted">{t('security.turnOffIntro')}</p>
                  <div>
                    <SubmitButton variant="danger" size="sm">
                      {t('security.turnOff')}
                    </SubmitButton>
                  </div>
                </>
              )}
            </FormDisclosure>
          </ActionForm>
        ) : null}
      </div>
    </Card>
  )
}

function RecoveryCodes({ view: { security }, text: { t } }: { view: View; text: Reader }) {
  return (
    <Card
      title={t('codes.title')}
      intro={t('codes.accountIntro')}
      aside={
        <Badge
          variant={security.codesKept && security.codesLeft > FEW_LEFT ? 'positive' : 'attention'}
          label={security.codesKept ? t('codes.left', { count: security.codesLeft }) : t('codes.notKept')}
        />
      }
    >
      <div>
        <LinkButton href="/account/security/codes">{t('codes.renew')}</LinkButton>
      </div>
    </Card>
  )
}

function Address({ view, text: { t } }: { view: View; text: Reader }) {
  return (
    <Card title={t('security.address')} intro={view.actor.person.email}>
      <div>
        <LinkButton href="/account/security/address">{t('security.changeAddress')}</LinkButton>
      </div>
    </Card>
  )
}

function ChangePassword({ view, text: { t } }: { view: View; text: Reader }) {
  return (
    <Card title={t('security.password')} intro={t('security.passwordIntro')}>
      <ActionForm action={changeOwnPassword}>
        <UsernameHint value={view.actor.person.email} />
        <CurrentPassword label={t('security.currentPassword')} name="current" />
        <NewPassword label={t('security.newPassword')} name="next" minimum={view.security.minimumPassword} />
        <div>
          <SubmitButton>{t('security.changePassword')}</SubmitButton>
        </div>
      </ActionForm>
    </Card>
  )
}
