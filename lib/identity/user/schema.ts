import { z } from 'zod'

/** What a form may send; the rules decide what it means. */
export const emailField = z.string().trim().min(1, 'required').max(254, 'not_an_address')
/** Without control characters, which PostgreSQL refuses, and without marks that turn the direction of writing. */
export const nameField = z
  .string()
  .trim()
  .min(1, 'required')
  .max(100, 'too_long')
  .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'control_characters')
export const newPasswordField = z.string().min(1, 'required').max(1024, 'too_long')
