/** What a request says of its origin; the address comes from the socket or trusted proxies (S24). */
export interface RequestInfo {
  address: string | null
  userAgent: string | null
  requestId: string | null
}

/**
 * How the address of a client begins whose proxy wrote none that can be read (S24); a mark of what it wrote follows.
 */
export const UNREADABLE = 'unreadable:'
