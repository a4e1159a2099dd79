import type { OwnerCode } from '../../administration/people/oversight/types'
import type { Answer, ErrorCode } from '../gate/action'

const FIELDS: Readonly<Record<OwnerCode, string | null>> = {
  owner_needed: null,
  owner_unknown: 'ownerEmail',
  owner_code_needed: 'ownerCode',
  owner_code_sent: 'ownerCode',
  owner_code_wrong: 'ownerCode',
}

function isOwnerCode(code: ErrorCode): code is OwnerCode {
  return Object.hasOwn(FIELDS, code)
}

/** What a refused reset says; where an owner is asked for, the form shows the fields for one from then on (R5). */
export function ownerAnswer(refused: { code: ErrorCode; detail?: { until: Date | null } | undefined }): Answer {
  const { code, detail } = refused
  if (isOwnerCode(code)) {
    const field = FIELDS[code]
    return { error: code, data: { owner: '1' }, ...(field === null ? {} : { field }) }
  }
  return detail === undefined ? { error: code } : { error: code, until: detail.until, data: { owner: '1' } }
}
