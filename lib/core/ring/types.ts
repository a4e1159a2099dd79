/** A key under which something is stored that is to be read again (S28). */
export interface StoredKey {
  keyId: string
  /** Derived from the key: tells other bytes under the same id; null until a start has told them for the first time. */
  checkValue: string | null
}

/** What the ring of this process cannot read: a key it lacks, or one with other bytes than those in use. */
export interface UnreadableKey {
  keyId: string
  is: 'missing' | 'other'
}
