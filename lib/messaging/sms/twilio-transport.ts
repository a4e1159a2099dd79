import { post } from './gateway'
import type { SmsSender } from './types'

/** Text messages through Twilio's HTTP interface (2010-04-01). `from` is a number or a messaging service (`MG…`). */
export function createTwilioTransport(settings: {
  accountSid: string
  authToken: string
  from: string
  baseUrl: string
}): SmsSender {
  const { accountSid, authToken, from, baseUrl } = settings
  const url = `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`
  const sender = from.startsWith('MG') ? 'MessagingServiceSid' : 'From'
  return {
    send: ({ to, text }) =>
      post('TWILIO', url, {
        headers: { Authorization: authorization, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ To: to, [sender]: from, Body: text }).toString(),
      }),
  }
}
