import type { FactorKind } from '@/lib/identity/policy/types'
import { Badge } from '../ui/badge'
import { ActionForm } from '../ui/form'
import type { FormAction } from '../ui/form-state'
import { LinkButton } from '../ui/link-button'
import { SubmitButton } from '../ui/submit-button'

type Choosable = Exclude<FactorKind, 'passkey'>
export type KindTexts = Record<Choosable, { name: string; hint: string; strength: string }>

/**
 * A card for each kind, with what it needs and how strong it is (E1); a phone number is asked for on a page of its own.
 */
export function KindChoice({
  action,
  kinds,
  phone,
  hidden,
  texts,
}: {
  action: FormAction
  kinds: readonly FactorKind[]
  phone: string
  hidden?: Record<string, string>
  texts: KindTexts
}) {
  const looks = 'justify-between! py-4! text-left'
  const face = (kind: Choosable) => (
    <>
      <span className="grid min-w-0 gap-1">
        <span className="text-base font-semibold">{texts[kind].name}</span>
        <span className="text-sm font-normal text-ink-muted">{texts[kind].hint}</span>
      </span>
      <Badge variant={kind === 'totp' ? 'positive' : 'neutral'} label={texts[kind].strength} />
    </>
  )
  return (
    <ActionForm action={action} hidden={hidden}>
      {(['totp', 'email'] as const)
        .filter((kind) => kinds.includes(kind))
        .map((kind) => (
          <SubmitButton key={kind} full name="kind" value={kind} variant="secondary" className={looks}>
            {face(kind)}
          </SubmitButton>
        ))}
      {kinds.includes('sms') ? (
        <LinkButton href={phone} full variant="secondary" className={looks}>
          {face('sms')}
        </LinkButton>
      ) : null}
    </ActionForm>
  )
}
