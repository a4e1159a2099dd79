/** What a request says of its origin; the address comes from the socket or trusted proxies (S24). */
export interface RequestInfo {
  address: string | null
  userAgent: string | null
  requestId: string | null
}
