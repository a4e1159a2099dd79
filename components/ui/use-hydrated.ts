'use client'

import { useSyncExternalStore } from 'react'

const never = () => () => {}

/** False on the server and in the first client render, true from then on: for controls that need script. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
}
