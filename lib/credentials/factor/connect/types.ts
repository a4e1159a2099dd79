import type { Deps, TransactionDeps } from '../../../core/deps'
import type { Result } from '../../../core/kernel/result'
import type { FactorKind } from '../../../identity/policy/types'
import type { Person } from '../../../identity/user/types'
import type { FactorRow, Wanted } from '../types'

export type PhoneRefusal = 'not_a_phone' | 'phone_refused'

/** What the row of an unfinished factor holds beside what every kind has. */
export interface FactorSecret {
  sealedKey?: string
  sealedPhone?: string
  phoneEnding?: string
}

/** Makes the secret, sealed to its row (S16). */
export type MakeSecret = (
  deps: Pick<Deps, 'keys' | 'random'>,
  owner: Pick<Person, 'id' | 'tenantId'>,
  factorId: string,
) => FactorSecret

export interface TotpKey {
  id: string
  /** Base32 without padding (RFC 4648 6). */
  key: string
  uri: string
}

/** What the page that connects a factor shows. */
export type Unfinished = { kind: 'totp'; connection: TotpKey } | { kind: 'email' | 'sms'; target: string }

/** What an authenticator app calls its entry. */
export interface Label {
  issuer: string
  account: string
}

/** How a factor of one kind is connected: each kind is a folder beside this one, and `KINDS` names them all. */
export interface Connection {
  /** Reads what was typed, before anything is written. */
  read(wanted: Wanted): Result<MakeSecret, PhoneRefusal>
  view(
    deps: Pick<Deps, 'keys'>,
    owner: Pick<Person, 'id' | 'tenantId' | 'email'>,
    label: Label,
    factor: FactorRow,
  ): Unfinished | null
  /** Whether the typed passcode fits the key on the page; null for a kind whose passcode is a message. */
  match:
    | ((
        deps: Pick<Deps, 'keys' | 'clock'>,
        owner: Pick<Person, 'id' | 'tenantId'>,
        factor: FactorRow,
        typed: string,
      ) => { step: number | null } | null)
    | null
}

/** What an unfinished factor was proved by: `step` of an authenticator app, else null. */
export interface FactorConfirmation {
  factorId: string
  kind: FactorKind
  step: number | null
}

/** A right passcode of an unfinished factor, and what spends it. */
export interface ProvedConnection {
  confirmation: FactorConfirmation
  use: (deps: TransactionDeps) => Promise<boolean>
}
