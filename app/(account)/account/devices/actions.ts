'use server'

import { z } from 'zod'
import { deviceSchema, eitherSchema, sessionSchema } from '@/lib/authentication/devices/schema'
import { endOwnSession, forgetOwnDevice, forgetOwnDevices, reportNotMe } from '@/lib/authentication/devices/service'
import { defineAction } from '@/lib/web/gate/action'
import { requireSteppedUp } from '@/lib/web/gate/guard'
import { NEW_PASSWORD_PATH } from '@/lib/web/paths'

const HERE = '/account/devices'
const steppedUp = () => requireSteppedUp(HERE)

/** Over at that browser's next request (D9, SE1, ASVS 7.5.2). */
export const endSessionOfMine = defineAction({
  schema: sessionSchema,
  gate: steppedUp,
  run: async (deps, actor, input) => {
    const ended = await endOwnSession(deps, actor, input.session)
    return ended.ok ? { to: `${HERE}?notice=session_ended` } : { error: ended.code }
  },
})

export const forgetDeviceOfMine = defineAction({
  schema: deviceSchema,
  gate: steppedUp,
  run: async (deps, actor, input) => {
    const forgotten = await forgetOwnDevice(deps, actor, input.device)
    return forgotten.ok ? { to: `${HERE}?notice=device_forgotten` } : { error: forgotten.code }
  },
})

/** Whoever says so sets a new password at once (D9). */
export const notMe = defineAction({
  schema: eitherSchema,
  gate: steppedUp,
  run: async (deps, actor, input) => {
    const reported = await reportNotMe(deps, actor, input)
    return reported.ok ? { to: NEW_PASSWORD_PATH } : { error: reported.code }
  },
})

/** Nothing is trusted or known any more, this browser included (D4). */
export const forgetAllOfMine = defineAction({
  schema: z.object({}),
  gate: steppedUp,
  run: async (deps, actor) => {
    await forgetOwnDevices(deps, actor)
    return { to: `${HERE}?notice=all_forgotten` }
  },
})
