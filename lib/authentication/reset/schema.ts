import { z } from 'zod'
import { isSeen } from '../../identity/user/schema'
import { REQUEST_REASON_LENGTH } from './rules'

export const requestReason = z
  .string()
  .transform((typed) => typed.normalize('NFC').replace(/\s+/g, ' ').trim())
  .pipe(z.string().max(REQUEST_REASON_LENGTH, 'too_long').refine(isSeen, 'control_characters'))

/** What the person may say to their admins; nothing is an answer too. */
export const helpSchema = z.object({ reason: requestReason })
