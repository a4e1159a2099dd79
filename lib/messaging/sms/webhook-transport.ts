import { createHmac } from 'node:crypto'
import type { Clock } from '../../core/kernel/clock'
import { post } from './gateway'
import type { SmsMessage, SmsSender } from './types'

/** What is signed, and how (Standard Webhooks 1.0: HMAC-SHA-256 over id, seconds since 1970 and body). */
export function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** Text messages through a gateway of the operator's: one signed JSON object per message. */
export function createWebhookTransport(settings: { url: string; secret: string; clock: Clock }): SmsSender {
  async function send({ id, to, text, locale, createdAt }: SmsMessage): Promise<void> {
    const body = JSON.stringify({ id, to, text, locale, createdAt: createdAt.toISOString() })
    const timestamp = String(Math.floor(settings.clock.now().getTime() / 1000))
    await post('WEBHOOK', settings.url, {
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(settings.secret, id, timestamp, body),
      },
      body,
    })
  }
  return { send }
}
