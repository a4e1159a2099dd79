import type { LinkChoice } from '@/components/ui/tabs'
import type { Reader } from '@/lib/web/words/reader'

/** The tabs of Security > Advanced. */
export function advancedTabs(
  tenant: string,
  current: 'authentication' | 'devices' | 'recovery',
  t: Reader['t'],
): LinkChoice[] {
  const base = `/admin/${tenant}/security/advanced`
  return [
    { href: base, label: t('advanced.authentication'), current: current === 'authentication' },
    { href: `${base}/devices`, label: t('advanced.devices'), current: current === 'devices' },
    { href: `${base}/recovery`, label: t('advanced.recovery'), current: current === 'recovery' },
  ]
}
