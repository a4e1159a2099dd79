'use server'

import { z } from 'zod'
import { confirmEnrolment, renewCodes, startTotp, typeCodeBack } from '@/lib/signin/service'
import { defineAction } from '@/lib/web/action'
import { codesAnswer, enrolSchema, shownCodes } from '@/lib/web/enrol'
import { claimantOrStart, keepAttempt, stepAnswer } from '@/lib/web/signin'

export const chooseFactor = defineAction({
  schema: z.object({ kind: z.enum(['totp']) }),
  gate: claimantOrStart,
  run: async (deps, actor, _input, { t }) => stepAnswer(await startTotp(deps, actor, t('factor.totp')), 'unexpected'),
})

/** E3, E4 in one form: its answers carry the codes, which no address ever shows again. */
export const enrol = defineAction({
  schema: enrolSchema,
  gate: claimantOrStart,
  run: async (deps, actor, input) => {
    switch (input.intent) {
      case 'confirm':
        return codesAnswer(await confirmEnrolment(deps, actor, input.passcode), '/sign-in/enroll')
      case 'renew': {
        const renewed = await renewCodes(deps, actor)
        if (renewed.ok && renewed.value.until !== null) await keepAttempt(renewed.value.until)
        return codesAnswer(renewed, '/sign-in/enroll')
      }
      case 'type_back': {
        const answer = await stepAnswer(await typeCodeBack(deps, actor, input.typed), 'typed_back_wrong')
        return 'error' in answer ? { ...answer, data: shownCodes(input) } : answer
      }
    }
  },
})
