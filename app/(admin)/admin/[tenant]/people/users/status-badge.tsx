import { Badge, type BadgeVariant } from '@/components/ui/badge'
import type { TwoFactorState } from '@/lib/coverage/types'
import type { Reader } from '@/lib/web/words/reader'

const LOOKS: Readonly<Record<TwoFactorState, BadgeVariant>> = {
  enrolled: 'positive',
  setup_required: 'attention',
  exempt: 'info',
  not_required: 'neutral',
  service: 'neutral',
}

export function StatusBadge({ status, t }: { status: TwoFactorState | null; t: Reader['t'] }) {
  if (status === null) return <span>{t('people.noStatus')}</span>
  return <Badge variant={LOOKS[status]} label={t(`people.status.${status}`)} />
}
