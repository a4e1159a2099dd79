import { type FloorSetting, floorThatHolds } from '../../identity/policy/floor/rules'
import { KINDS_TO_HAVE, lastMomentOf } from '../../identity/policy/rules'
import type { FloorAbove } from '../../identity/policy/types'
import type { Reader } from './reader'

/** What is said beside a setting before anybody tries: who above asks for what (T5); null where nobody does. */
export function floorText(
  floors: readonly FloorAbove[],
  setting: FloorSetting,
  { t, time }: Pick<Reader, 't' | 'time'>,
): string | null {
  const above = floorThatHolds(floors, setting)
  if (above === null) return null
  const { floor, partner } = above
  const { name } = partner
  switch (setting) {
    case 'required':
      return t('floors.asks.required', { name })
    case 'deadline':
      return floor.deadline === null
        ? t('floors.asks.noDay', { name })
        : t('floors.asks.deadline', { name, when: time(lastMomentOf(floor.deadline)) })
    case 'kinds': {
      const kinds = KINDS_TO_HAVE.filter((kind) => floor.kinds?.includes(kind)).map((kind) => t(`factor.${kind}`))
      return t('floors.asks.kinds', { name, kinds: kinds.join(', ') })
    }
    case 'trustDays':
      return floor.trustDays === 0
        ? t('floors.asks.noTrust', { name })
        : t('floors.asks.trustDays', { name, n: floor.trustDays ?? 0 })
    case 'idleMinutes':
      return t('floors.asks.idleMinutes', { name, n: floor.idleMinutes ?? 0 })
    case 'sessionHours':
      return t('floors.asks.sessionHours', { name, n: floor.sessionHours ?? 0 })
  }
}
