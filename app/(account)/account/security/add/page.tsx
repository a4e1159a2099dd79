import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { Console } from '@/app/console'
import { EnrolForm } from '@/components/portal/enrol-form'
import { TotpConnection } from '@/components/portal/totp-connection'
import { TextLink } from '@/components/ui/text-link'
import { connectionTexts, enrolTexts } from '@/lib/web/enrol-texts'
import { loadAddFactor, qrModules } from '@/lib/web/loaders'
import { reader } from '@/lib/web/text'
import { confirmOwnFactor } from '../actions'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('enroll.connectTitle') }
}

export default async function AddFactorPage() {
  const text = await reader()
  const view = await loadAddFactor()
  const { connection, security } = view
  if (connection === null && (security.codesKept || security.factors.length === 0)) redirect('/account/security')
  return (
    <Console view={view} current="/account/security">
      <div className="max-w-104">
        <p className="mb-4 text-sm print:hidden">
          <TextLink href="/account/security" quiet>
            {text.t('common.back')}
          </TextLink>
        </p>
        <EnrolForm
          action={confirmOwnFactor}
          stage={connection === null ? 'codes' : 'connect'}
          connect={
            connection ? (
              <TotpConnection
                modules={qrModules(connection.uri)}
                keyText={connection.key}
                uri={connection.uri}
                texts={connectionTexts(text)}
              />
            ) : null
          }
          texts={enrolTexts(text, view.actor.home.tenant.name, false)}
        />
      </div>
    </Console>
  )
}
