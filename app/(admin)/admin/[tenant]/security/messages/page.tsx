import type { Metadata } from 'next'
import { Console } from '@/app/console'
import { BackToSteps } from '@/app/first-steps'
import { NotHere } from '@/app/not-here'
import { Badge } from '@/components/ui/badge'
import { Card, Row } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { PageHeader } from '@/components/ui/heading'
import { purposeOf } from '@/lib/messaging/mail/rules'
import { loadMessages } from '@/lib/web/loaders/security'
import { messagesPath } from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('messages.title') }
}

type Message = NonNullable<Awaited<ReturnType<typeof loadMessages>>>['troubles']['dead'][number]

export default async function MessagesPage({ params }: { params: Promise<{ tenant: string }> }) {
  const text = await reader()
  const { t } = text
  const { tenant } = await params
  const view = await loadMessages(tenant)
  if (view === null) return <NotHere />
  const { dead, retried } = view.troubles
  return (
    <Console view={view} current={messagesPath(tenant)}>
      <PageHeader back={<BackToSteps tenant={tenant} />} title={t('messages.title')} intro={t('messages.intro')} />
      <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-6">
        {dead.length + retried.length === 0 ? (
          <Card>
            <EmptyState icon="mail" title={t('messages.none')}>
              {t('messages.noneHint')}
            </EmptyState>
          </Card>
        ) : null}
        {retried.length > 0 ? (
          <Card title={t('messages.retried')} intro={t('messages.retriedIntro')} flush>
            {retried.map((message) => (
              <MessageRow key={message.id} message={message} text={text} />
            ))}
          </Card>
        ) : null}
        {dead.length > 0 ? (
          <Card title={t('messages.dead')} intro={t('messages.deadIntro')} flush>
            {dead.map((message) => (
              <MessageRow key={message.id} message={message} text={text} />
            ))}
          </Card>
        ) : null}
      </div>
    </Console>
  )
}

function MessageRow({ message, text: { t, time } }: { message: Message; text: Reader }) {
  const { failedAt, trouble } = message
  return (
    <Row
      title={
        <>
          <span className="wrap-anywhere">{message.recipient}</span>
          <Badge
            variant={failedAt === null ? 'attention' : 'danger'}
            label={t(failedAt === null ? 'messages.waiting' : 'messages.failed')}
          />
        </>
      }
      note={
        <>
          <span className="block">
            {t('messages.what', {
              purpose: t(`messages.purpose.${purposeOf(message.template)}`),
              channel: t(`messages.channel.${message.channel === 'sms' ? 'sms' : 'email'}`),
              created: time(message.createdAt),
            })}
          </span>
          <span className="block">{t(`messages.trouble.${trouble}`, { code: message.lastError ?? '?' })}</span>
          <span className="block">
            {failedAt === null
              ? t('messages.again', { when: time(message.runAt) })
              : t('messages.gaveUp', { when: time(failedAt), tries: message.tries })}
          </span>
        </>
      }
    />
  )
}
