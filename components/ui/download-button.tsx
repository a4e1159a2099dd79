'use client'

import { Button, type ButtonLook } from './button'
import { useHydrated } from './use-hydrated'

export type DownloadButtonProps = ButtonLook & { text: string; fileName: string; label: string }

/** Saves a text as a file without a request. Exists only with script. */
export function DownloadButton({ text, fileName, label, size = 'sm', ...look }: DownloadButtonProps) {
  if (!useHydrated()) return null

  function save() {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
    const link = document.createElement('a')
    link.href = url
    link.download = fileName
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }

  return (
    <Button {...look} size={size} icon="download" onClick={save}>
      {label}
    </Button>
  )
}
