import { readFileSync } from 'node:fs'
import { type CityResponse, Reader } from 'mmdb-lib'
import { log } from '../../core/log'
import type { Locale } from '../../i18n/locales'
import { describeUserAgent } from '../../messaging/mail/user-agent'
import { world } from '../server/deps'

/** City and country of an address, in the reader's language where the file has it; null when it does not know. */
export type PlaceOf = (address: string | null, locale: Locale) => string | null

/** Browser and system by name, such as `Firefox, Windows`. */
export function browserName(userAgent: string | null): string | null {
  return describeUserAgent(userAgent)
}

const NOWHERE: PlaceOf = () => null
const key = Symbol.for('twofold.places')
const shared = globalThis as { [key]?: PlaceOf }

/** Places come from the operator's own file, and from nowhere without one (D9). */
export function places(): PlaceOf {
  shared[key] ??= placesOf(world().config.geoipDatabase)
  return shared[key]
}

/** Reads an MMDB file with cities or countries; one that cannot be read is told of in the log, and gives no places. */
export function placesOf(file: string | null): PlaceOf {
  if (file === null) return NOWHERE
  try {
    const reader = new Reader<CityResponse>(readFileSync(file))
    return (address, locale) => {
      if (address === null) return null
      const found = look(reader, address)
      // Korean is in no published file.
      const name = (names: NonNullable<CityResponse['city']>['names'] | undefined) =>
        (locale === 'ko' ? undefined : names?.[locale]) ?? names?.en
      const parts = [name(found?.city?.names), name(found?.country?.names)].filter((part) => part !== undefined)
      return parts.join(', ') || null
    }
  } catch (error) {
    log().error({ err: error }, 'GEOIP_DATABASE cannot be read: no places are shown')
    return NOWHERE
  }
}

function look(reader: Reader<CityResponse>, address: string): CityResponse | null {
  try {
    return reader.get(address)
  } catch {
    return null
  }
}
