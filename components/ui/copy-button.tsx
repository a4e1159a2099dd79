'use client'

import { useEffect, useState } from 'react'
import { Button, type ButtonLook } from './button'
import { useHydrated } from './use-hydrated'

export type CopyButtonProps = ButtonLook & {
  /** What goes to the clipboard. */
  text: string
  label: string
  /** Said and shown for a moment afterwards. */
  copiedLabel: string
}

/** Exists only with script, and only where the browser gives a clipboard (https or this computer). */
export function CopyButton({ text, label, copiedLabel, size = 'sm', ...look }: CopyButtonProps) {
  const hydrated = useHydrated()
  const [copied, setCopied] = useState(0)

  useEffect(() => {
    if (copied === 0) return
    const timer = setTimeout(() => setCopied(0), 3000)
    return () => clearTimeout(timer)
  }, [copied])

  if (!hydrated || !navigator.clipboard) return null

  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
      setCopied((count) => count + 1)
    } catch {
      setCopied(0)
    }
  }

  return (
    <>
      <Button {...look} size={size} icon={copied > 0 ? 'check' : 'copy'} onClick={() => void copy()}>
        {label}
      </Button>
      <span aria-live="polite" className="sr-only">
        {copied > 0 ? copiedLabel : ''}
      </span>
    </>
  )
}
