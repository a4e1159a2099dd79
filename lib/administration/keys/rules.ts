import { type LostKey, STORED_THINGS, type StoredThing, type Under } from './types'

const NAMES: Readonly<Record<StoredThing, string>> = {
  passwords: 'passwords',
  factors: 'authenticator apps and phones',
  codes: 'recovery codes',
  imports: 'people of imports that wait',
  heads: 'audit heads',
}

export function isNothing(under: Under): boolean {
  return STORED_THINGS.every((thing) => under[thing] === 0)
}

/** `passwords: 3, audit heads: 2`, without what is not there. */
export function underText(under: Under): string {
  const there = STORED_THINGS.filter((thing) => under[thing] > 0)
  return there.map((thing) => `${NAMES[thing]}: ${under[thing]}`).join(', ')
}

/** Why a start or a command stops, and how to go on (S28); `home` is where the ring comes from. */
export function lostKeysText(lost: readonly LostKey[], home: string): string {
  const said = lost.map(({ keyId, is, under }) => {
    const what = is === 'missing' ? `does not have key ${keyId}` : `has other bytes for key ${keyId} than those in use`
    return `${home} ${what} (${underText(under)}).`
  })
  const options = lost.map(({ keyId }) => `--without-key ${keyId}`).join(' ')
  return [
    ...said,
    'Nothing was changed. Put back the key that these were made with.',
    `If no copy is left, start once with: npm start -- ${options}`,
    'That signs nobody in: those people set a new password by email, and whose second factor is gone needs a recovery code from an admin.',
  ].join('\n')
}
