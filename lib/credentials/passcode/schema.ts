import { z } from 'zod'

/** Room for the message it came in (N11). */
export const MAX_TYPED = 400

export const passcodeField = z.string().trim().min(1, 'required').max(MAX_TYPED, 'too_long')
