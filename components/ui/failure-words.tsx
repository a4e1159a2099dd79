'use client'

import { createContext, type ReactNode, useContext } from 'react'

/** What a page says when it cannot ask the server: in the reader's language, and there before it is needed. */
export interface FailureWords {
  /** Instead of an answer to a form. */
  unanswered: string
  title: string
  /** With `{reference}` where the reference goes. */
  failed: string
}

const Words = createContext<FailureWords>({ unanswered: '', title: '', failed: '{reference}' })

export function WithFailureWords({ words, children }: { words: FailureWords; children: ReactNode }) {
  return <Words value={words}>{children}</Words>
}

export function useFailureWords(): FailureWords {
  return useContext(Words)
}
