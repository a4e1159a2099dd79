import type { Metadata } from 'next'
import { signOut } from '@/app/actions'
import { Bound } from '@/app/bound'
import { Button } from '@/components/ui/button'
import { DrawnField } from '@/components/ui/form'
import { PageHeader } from '@/components/ui/heading'
import { reader } from '@/lib/web/words/reader'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await reader()).t('common.signOut') }
}

export default async function SignOutPage() {
  const { t } = await reader()
  return (
    <Bound>
      <PageHeader title={t('signOut.title')} intro={t('signOut.intro')} />
      <form action={signOut}>
        <DrawnField />
        <Button type="submit" variant="primary" full>
          {t('common.signOut')}
        </Button>
      </form>
    </Bound>
  )
}
