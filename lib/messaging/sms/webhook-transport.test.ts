import { expect, test } from 'vitest'
import { signatureOf } from './webhook-transport'

test('signs as the example of Standard Webhooks 1.0 does', () => {
  const signed = signatureOf(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '1614265330',
    '{"test": 2432232314}',
  )
  expect(signed).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('a secret without the prefix is taken as it is', () => {
  const secret = Buffer.from('a secret').toString('base64')
  expect(signatureOf('a secret', 'id', '1', '{}')).toBe(signatureOf(`whsec_${secret}`, 'id', '1', '{}'))
  expect(signatureOf('a secret', 'id', '1', '{}')).not.toBe(signatureOf('a secret', 'id', '2', '{}'))
})
