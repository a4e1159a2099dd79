import { Badge, type BadgeVariant } from '@/components/ui/badge'
import type { TwoFactorStatus } from '@/lib/people/types'
import type { Reader } from '@/lib/web/text'

const LOOKS: Readonly<Record<TwoFactorStatus, BadgeVariant>> = {
  enrolled: 'positive',
  setup_required: 'attention',
  exempt: 'info',
  not_required: 'neutral',
  service: 'neutral',
}

export function StatusBadge({ status, t }: { status: TwoFactorStatus; t: Reader['t'] }) {
  return <Badge variant={LOOKS[status]} label={t(`people.status.${status}`)} />
}
