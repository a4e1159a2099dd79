'use server'

import { z } from 'zod'
import { kindSchema } from '@/lib/authentication/enrolment/schema'
import {
  confirmEnrolment,
  putOffEnrolment,
  renewCodes,
  sendEnrolmentPasscode,
  startFactor,
  typeCodeBack,
} from '@/lib/authentication/enrolment/service'
import { enrolSchema, shownCodes, shownOnce } from '@/lib/web/forms/enrol'
import { keepAttempt, refusedAnswer, stepAnswer } from '@/lib/web/forms/signin'
import { defineAction } from '@/lib/web/gate/action'
import { claimantOrStart } from '@/lib/web/gate/guard'

const HERE = '/sign-in/enroll'

export const startEnrolment = defineAction({
  schema: kindSchema,
  kept: ['phone'],
  gate: claimantOrStart,
  run: async (deps, actor, { kind, phone }, { t }) => {
    const started = await startFactor(deps, actor, { kind, phone }, t(`factor.${kind}`))
    if (started.ok) return stepAnswer(started, 'unexpected')
    const { code, detail } = started
    if (code === 'not_a_phone' || code === 'phone_refused') return { error: code, field: 'phone' }
    return refusedAnswer(code, detail, 'unexpected')
  },
})

/** Enrollment is put off until the next sign-in (P8). */
export const putOff = defineAction({
  schema: z.object({}),
  gate: claimantOrStart,
  run: async (deps, actor) => stepAnswer(await putOffEnrolment(deps, actor), 'unexpected'),
})

/** E3, E4 in one form: its answers carry the codes, which no address ever shows again. */
export const enrol = defineAction({
  schema: enrolSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => {
    switch (input.intent) {
      case 'confirm': {
        const confirmed = await confirmEnrolment(deps, actor, input.passcode)
        if (confirmed.ok) return shownOnce(confirmed.value)
        const { code, detail } = confirmed
        if (code === 'elsewhere') return { to: HERE }
        return refusedAnswer(code, detail, 'setup_code_wrong')
      }
      case 'resend': {
        const sent = await sendEnrolmentPasscode(deps, actor)
        if (sent.ok) return { done: 'device.sent' }
        const { code, detail } = sent
        return code === 'elsewhere' ? { to: HERE } : refusedAnswer(code, detail, 'unexpected')
      }
      case 'renew': {
        const renewed = await renewCodes(deps, actor)
        if (renewed.ok) {
          if (renewed.value.until !== null) await keepAttempt(renewed.value.until)
          return shownOnce(renewed.value)
        }
        const { code, detail } = renewed
        return code === 'elsewhere' ? { to: HERE } : refusedAnswer(code, detail, 'unexpected')
      }
      case 'type_back': {
        const answer = await stepAnswer(await typeCodeBack(deps, actor, input.typed), 'typed_back_wrong')
        return 'error' in answer ? { ...answer, data: shownCodes(input) } : answer
      }
    }
  },
})
