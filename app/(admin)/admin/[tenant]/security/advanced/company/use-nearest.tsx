'use client'

import { Button } from '@/components/ui/button'
import { useActionForm } from '@/components/ui/form'

/** In the place of a colour that was refused, the nearest that is not (X6). `label` says where its name goes. */
export function UseNearest({ label }: { label: string }) {
  const { state } = useActionForm()
  const nearest = state.data?.nearest
  if (state.status !== 'error' || typeof nearest !== 'string') return null
  return (
    <Button type="submit" name="use" value={nearest}>
      {label.replace('{color}', nearest)}
    </Button>
  )
}
