import type { ReactNode } from 'react'
import { signOut } from '@/app/actions'
import { LanguageFooter } from '@/app/language-footer'
import { Banner } from '@/components/shell/banner'
import { ConsoleFrame, type NavGroup } from '@/components/shell/console-frame'
import { Button } from '@/components/ui/button'
import { DetailsMenu, MenuLink } from '@/components/ui/details-menu'
import { DrawnField, DrawnFor } from '@/components/ui/form'
import { FEW_LEFT } from '@/lib/credentials/recovery/rules'
import { isConsoleRole, isLiveMembership, reachesBelow } from '@/lib/identity/user/rules'
import { drawnFor } from '@/lib/web/gate/drawn'
import type { FrameView } from '@/lib/web/loaders/frame'
import {
  auditPath,
  clientsPath,
  consolePath,
  floorsPath,
  messagesPath,
  peoplePath,
  proofPath,
  reportsPath,
  requirementPath,
  resetRequestsPath,
  sessionsPath,
} from '@/lib/web/paths'
import { type Reader, reader } from '@/lib/web/words/reader'

/** The frame of every page behind the sign-in: what this person may see, from their memberships. */
export async function Console({ view, current, children }: { view: FrameView; current: string; children: ReactNode }) {
  const { t } = await reader()
  const { at } = view
  const { slug } = at.tenant
  const item = (
    href: string,
    label: string,
    icon:
      | 'home'
      | 'building'
      | 'users'
      | 'shield'
      | 'mail'
      | 'user'
      | 'key'
      | 'device'
      | 'list'
      | 'chart'
      | 'check-circle',
  ) => ({
    href,
    label,
    icon,
    current: current === href,
  })
  const nav: NavGroup[] = []
  if (at.userType === 'team') nav.push({ items: [item(consolePath(slug), t('nav.overview'), 'home')] })
  if (reachesBelow(at)) nav.push({ items: [item(clientsPath(slug), t('nav.clients'), 'building')] })
  if (isConsoleRole(at.role)) {
    nav.push({ items: [item(peoplePath(slug), t('nav.people'), 'users')] })
    nav.push({
      group: t('nav.account'),
      items: [
        item(requirementPath(slug), t('nav.advanced'), 'shield'),
        ...(at.tenant.kind === 'partner' ? [item(floorsPath(slug), t('nav.floors'), 'shield')] : []),
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
        tenant={<Switcher view={view} t={t} />}
        person={<bdi className="truncate">{view.actor.person.name}</bdi>}
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
            {view.directoryMail && isConsoleRole(at.role) ? (
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

/** The company that the page is of; of several, the way to the others: no more than a member of each may see. */
function Switcher({ view: { actor, at }, t }: { view: FrameView; t: Reader['t'] }) {
  const companies = actor.person.memberships.filter((each) => each.userType === 'team' && isLiveMembership(each))
  const others = companies.filter(({ tenant }) => tenant.id !== at.tenant.id)
  if (others.length === 0) return <bdi>{at.tenant.name}</bdi>
  return (
    <DetailsMenu label={at.tenant.name} strong align="start">
      <nav aria-label={t('nav.companies')} className="grid gap-0.5">
        {companies.map((each) => (
          <span key={each.tenant.id} className="grid">
            <MenuLink href={consolePath(each.tenant.slug)}>
              <bdi>{each.tenant.name}</bdi>
            </MenuLink>
            {reachesBelow(each) ? (
              <MenuLink href={clientsPath(each.tenant.slug)}>
                <span className="pl-4">{t('nav.clientsOf', { tenant: each.tenant.name })}</span>
              </MenuLink>
            ) : null}
          </span>
        ))}
      </nav>
    </DetailsMenu>
  )
}
