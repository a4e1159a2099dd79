import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { LinkButton } from '@/components/ui/link-button'
import type { UserType } from '@/lib/identity/user/types'
import { disablePath, requirementPath } from '@/lib/web/paths'
import type { Reader } from '@/lib/web/words/reader'

/** Whether 2FA is on for the company, and the one way to the other state (T3); each says first what it will do. */
export function TwoFactorSwitch({
  tenant,
  name,
  required,
  isOff,
  isUnderWay,
  has,
  isKept,
  t,
}: {
  tenant: string
  name: string
  required: Record<UserType, boolean>
  isOff: boolean
  isUnderWay: boolean
  /** Somebody has a factor, required or not. */
  has: boolean
  /** A partner in production keeps it (U7): said before anybody tries. */
  isKept: boolean
  t: Reader['t']
}) {
  const { team, end } = required
  const isOn = team || end
  const state = team && end ? 'both' : team ? 'team' : end ? 'end' : isOff ? 'gone' : 'none'
  const preview = `${requirementPath(tenant)}?team=1&end=1&look=1#preview`
  return (
    <Card
      title={t('twoFactor.title', { tenant: name })}
      aside={<Badge variant={isOn ? 'positive' : 'neutral'} label={t(isOn ? 'twoFactor.on' : 'twoFactor.off')} />}
      intro={t(`twoFactor.state.${state}`)}
    >
      <div className="grid gap-4 text-sm">
        {isKept ? <p>{t('twoFactor.refused', { tenant: name })}</p> : null}
        {isUnderWay ? <p className="text-ink-muted">{t('twoFactor.underWay')}</p> : null}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          {isOn ? null : (
            <>
              {/* A load of its own: boxes of a form that is shown already would stay as they are. */}
              <LinkButton href={preview} plain>
                {t('twoFactor.enable')}
              </LinkButton>
              <span className="text-ink-muted">{t('twoFactor.enableHint')}</span>
            </>
          )}
          {(isOn || has) && !isKept ? (
            <>
              <LinkButton href={disablePath(tenant)} variant="secondary">
                {t('twoFactor.disable')}
              </LinkButton>
              {isOn ? <span className="text-ink-muted">{t('twoFactor.disableHint')}</span> : null}
            </>
          ) : null}
        </div>
      </div>
    </Card>
  )
}
