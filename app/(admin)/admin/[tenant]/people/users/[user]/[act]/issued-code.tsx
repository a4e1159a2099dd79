'use client'

import { SecretText } from '@/components/ui/code-list'
import { CopyButton } from '@/components/ui/copy-button'
import { useActionForm } from '@/components/ui/form'

/** The code of the answer, which is in no address and is gone with the page (S10). */
export function IssuedCode({ label, copy, copied }: { label: string; copy: string; copied: string }) {
  const { state } = useActionForm()
  const code = state.data?.code
  if (typeof code !== 'string') return null
  return <SecretText label={label} value={code} aside={<CopyButton text={code} label={copy} copiedLabel={copied} />} />
}
