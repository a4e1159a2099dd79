import type { ReactNode } from 'react'
import { signOut } from '@/app/actions'
import { LanguageFooter } from '@/app/language-footer'
import { Banner } from '@/components/shell/banner'
import { ConsoleFrame, type NavGroup } from '@/components/shell/console-frame'
import { Button } from '@/components/ui/button'
import { DrawnField, DrawnFor } from '@/components/ui/form'
import { FEW_LEFT } from '@/lib/credentials/recovery/rules'
import { isConsoleRole } from '@/lib/identity/user/rules'
import { drawnFor } from '@/lib/web/gate/drawn'
import type { FrameView } from '@/lib/web/loaders/frame'
import {
  auditPath,
  consolePath,
  messagesPath,
  peoplePath,
  proofPath,
  reportsPath,
  requirementPath,
  resetRequestsPath,
  sessionsPath,
} from '@/lib/web/paths'
import { reader } from '@/lib/web/words/reader'

/** The frame of every page behind the sign-in: what this person may see, from their memberships. */
export async function Console({ view, current, children }: { view: FrameView; current: string; children: ReactNode }) {
  const { t } = await reader()
  const { person, home } = view.actor
  const { slug } = home.tenant
  const item = (
    href: string,
    label: string,
    icon: 'home' | 'users' | 'shield' | 'mail' | 'user' | 'key' | 'device' | 'list' | 'chart' | 'check-circle',
  ) => ({
    href,
    label,
    icon,
    current: current === href,
  })
  const nav: NavGroup[] = []
  if (home.userType === 'team') nav.push({ items: [item(consolePath(slug), t('nav.overview'), 'home')] })
  if (isConsoleRole(home.role)) {
    nav.push({ items: [item(peoplePath(slug), t('nav.people'), 'users')] })
    nav.push({
      group: t('nav.account'),
      items: [
        item(requirementPath(slug), t('nav.advanced'), 'shield'),
        { ...item(resetRequestsPath(slug), t('nav.resets'), 'key'), count: view.openRequests },
        item(reportsPath(slug), t('nav.reports'), 'chart'),
        item(proofPath(slug), t('nav.proof'), 'check-circle'),
        item(sessionsPath(slug), t('nav.sessions'), 'device'),
        { ...item(messagesPath(slug), t('nav.messages'), 'mail'), count: view.deadMessages },
        item(auditPath(slug), t('nav.audit'), 'list'),
      ],
    })
  }
  nav.push({
    group: t('nav.you'),
    items: [
      item('/account', t('nav.yourAccount'), 'user'),
      item('/account/security', t('nav.yourSecurity'), 'key'),
      item('/account/devices', t('nav.yourDevices'), 'device'),
    ],
  })
  const few = view.codesLeft !== null && view.codesLeft <= FEW_LEFT
  return (
    <DrawnFor value={drawnFor(view.actor.session)}>
      <ConsoleFrame
        nav={nav}
        navLabel={t('nav.label')}
        menuLabel={t('nav.menu')}
        skipLabel={t('nav.skip')}
        tenant={<bdi>{home.tenant.name}</bdi>}
        person={<bdi className="truncate">{person.name}</bdi>}
        signOut={
          <form action={signOut}>
            <DrawnField />
            <Button type="submit" variant="secondary" size="sm">
              {t('common.signOut')}
            </Button>
          </form>
        }
        banners={
          <>
            {few ? (
              <Banner
                tone="attention"
                short={t('codes.fewShort', { count: view.codesLeft ?? 0 })}
                link={{ href: '/account/security/codes', label: t('codes.renew') }}
              >
                {t('codes.fewLeft', { count: view.codesLeft ?? 0 })}
              </Banner>
            ) : null}
            {view.deadMessages > 0 && current !== messagesPath(slug) ? (
              <Banner
                tone="attention"
                short={t('messages.deadShort', { count: view.deadMessages })}
                link={{ href: messagesPath(slug), label: t('messages.see') }}
              >
                {t('messages.deadLately', { count: view.deadMessages })}
              </Banner>
            ) : null}
            {view.openRequests > 0 && current !== resetRequestsPath(slug) ? (
              <Banner
                tone="attention"
                short={t('resets.waitingShort', { count: view.openRequests })}
                link={{ href: resetRequestsPath(slug), label: t('resets.see') }}
              >
                {t('resets.waiting', { count: view.openRequests })}
              </Banner>
            ) : null}
            {view.directoryMail && isConsoleRole(home.role) ? (
              <Banner tone="info" short={t('nav.directoryMailShort')}>
                {t('nav.directoryMail')}
              </Banner>
            ) : null}
          </>
        }
        footer={<LanguageFooter />}
      >
        {children}
      </ConsoleFrame>
    </DrawnFor>
  )
}
