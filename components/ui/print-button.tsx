'use client'

import { Button, type ButtonLook } from './button'
import { useHydrated } from './use-hydrated'

export type PrintButtonProps = ButtonLook & { label: string }

/** Exists only with script. A page with a `CodeList` prints as that list alone. */
export function PrintButton({ label, size = 'sm', ...look }: PrintButtonProps) {
  if (!useHydrated()) return null
  return (
    <Button {...look} size={size} icon="print" onClick={() => window.print()}>
      {label}
    </Button>
  )
}
