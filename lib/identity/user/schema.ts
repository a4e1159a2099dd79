import { z } from 'zod'
import { hasHidden } from '../../core/kernel/text'

/** What a form may send; the rules decide what it means. */
export const emailField = z.string().trim().min(1, 'required').max(254, 'not_an_address')
/** Of a name or a reason: nothing in it that cannot be seen (PostgreSQL refuses U+0000 besides). */
export const isSeen = (text: string) => !hasHidden(text)
export const nameField = z.string().trim().min(1, 'required').max(100, 'too_long').refine(isSeen, 'control_characters')
export const newPasswordField = z.string().min(1, 'required').max(1024, 'too_long')
