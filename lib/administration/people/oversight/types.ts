/** What an owner, who may be the one who acts, gave on the page of the reset. */
export interface OwnerProof {
  email: string
  passcode: string
}

export type OwnerCode = 'owner_needed' | 'owner_unknown' | 'owner_code_needed' | 'owner_code_sent' | 'owner_code_wrong'
