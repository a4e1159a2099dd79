/** What is left out stays as it is. */
export type ProfileChange = Partial<{ name: string; locale: string }>

export interface Profile {
  name: string
  locale: string | null
}

/**
 * What is asked for by a form that sends all of its fields: those that differ from what it showed. Whatever a colleague
 * changed meanwhile stays theirs, unless it was changed here too: then neither is written over unseen.
 */
export function ownChange(
  wanted: ProfileChange,
  shown: Profile,
  is: Profile,
): { change: ProfileChange; overtaken: boolean } {
  const own = <Key extends keyof Profile>(key: Key) => wanted[key] !== undefined && wanted[key] !== shown[key]
  const overtaken = (key: keyof Profile) => own(key) && is[key] !== shown[key] && is[key] !== wanted[key]
  const { name, locale } = wanted
  return {
    change: {
      ...(own('name') && name !== undefined ? { name } : {}),
      ...(own('locale') && locale !== undefined ? { locale } : {}),
    },
    overtaken: overtaken('name') || overtaken('locale'),
  }
}
