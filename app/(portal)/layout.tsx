import type { ReactNode } from 'react'
import { Bound } from '@/app/bound'
import { LanguageFooter } from '@/app/language-footer'
import { PortalFrame } from '@/components/shell/portal-frame'
import { portalBrand } from '@/lib/web/loaders/brand'

export default async function PortalLayout({ children }: { children: ReactNode }) {
  return (
    <Bound>
      <PortalFrame brand={await portalBrand()} footer={<LanguageFooter />}>
        {children}
      </PortalFrame>
    </Bound>
  )
}
