import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Console } from '@/app/console'
import { EnrolForm } from '@/components/portal/enrol-form'
import { TextLink } from '@/components/ui/text-link'
import { loadAccount } from '@/lib/web/loaders/account'
import { enrolTexts } from '@/lib/web/words/enrol-texts'
import { reader } from '@/lib/web/words/reader'
import { makeOwnCodes } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('codes.title') }
}

export default async function CodesPage() {
  const text = await reader()
  const view = await loadAccount()
  if (view.security.factors.length === 0) redirect('/account/security')
  const texts = enrolTexts(text, view.actor.home.tenant.name, null)
  return (
    <Console view={view} current="/account/security">
      <div className="max-w-104">
        <p className="mb-4 text-sm print:hidden">
          <TextLink href="/account/security" quiet>
            {text.t('common.back')}
          </TextLink>
        </p>
        <EnrolForm
          action={makeOwnCodes}
          stage="codes"
          connect={null}
          texts={{ ...texts, renewIntro: text.t('codes.replaceIntro') }}
        />
      </div>
    </Console>
  )
}
