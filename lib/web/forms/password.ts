import type { ChangePasswordCode } from '../../authentication/account/password/service'
import type { Answer } from '../gate/action'

/** What a refused password means for the form that has `current` and `next`. */
export function passwordAnswer(code: ChangePasswordCode): Answer {
  switch (code) {
    case 'wrong_password':
      return { error: code, field: 'current' }
    case 'busy':
    case 'conflict':
      return { error: code }
    case 'password_too_short':
    case 'password_too_long':
    case 'password_common':
    case 'password_context':
    case 'password_breached':
    case 'password_same':
      return { error: code, field: 'next' }
  }
}
