import { expect, test } from 'vitest'
import { err } from '../../core/kernel/result'
import { confirmedAnswer, takenBackAnswer } from './address'

test('R11: a dead link of a notice asks nobody to request another one', async () => {
  expect(await takenBackAnswer(err('link_dead'), 'stopped')).toEqual({ error: 'notice_link_dead', status: 403 })
  expect(await confirmedAnswer(err('link_dead'))).toEqual({ error: 'mail_link_dead', status: 403 })
  expect(await takenBackAnswer(err('address_taken'), 'address_restored')).toEqual({ error: 'address_held' })
})
