import type { ReactNode } from 'react'
import { Bound } from '@/app/bound'
import { LanguageFooter } from '@/app/language-footer'
import { PortalFrame } from '@/components/shell/portal-frame'
import { portalBrand } from '@/lib/web/loaders/portal'

export default async function PortalLayout({ children }: { children: ReactNode }) {
  const { name, logo } = await portalBrand()
  return (
    <Bound>
      <PortalFrame brand={name} logo={logo} footer={<LanguageFooter />}>
        {children}
      </PortalFrame>
    </Bound>
  )
}
