import type { LinkChoice } from '@/components/ui/tabs'
import { companyPath, deviceRulesPath, recoveryRulesPath, requirementPath, sessionLimitsPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** The tabs of Security > Advanced. */
export function advancedTabs(
  tenant: string,
  current: 'authentication' | 'devices' | 'recovery' | 'sessions' | 'company',
  t: Reader['t'],
): LinkChoice[] {
  return [
    { href: requirementPath(tenant), label: t('advanced.authentication'), current: current === 'authentication' },
    { href: deviceRulesPath(tenant), label: t('advanced.devices'), current: current === 'devices' },
    { href: recoveryRulesPath(tenant), label: t('advanced.recovery'), current: current === 'recovery' },
    { href: sessionLimitsPath(tenant), label: t('sessions.title'), current: current === 'sessions' },
    { href: companyPath(tenant), label: t('advanced.company'), current: current === 'company' },
  ]
}
