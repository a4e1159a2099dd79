import { DetailsMenu, MenuButton } from '../ui/details-menu'
import { DrawnField } from '../ui/form'

export type LanguageMenuProps = {
  label: string
  /** A server action, or the address of a route that takes the POST. It reads `locale`. */
  action: ((data: FormData) => Promise<void>) | string
  current: string
  /** Each language in its own words. */
  locales: readonly { value: string; label: string }[]
  /** Sent along, such as the address to come back to. */
  hidden?: Record<string, string>
  align?: 'start' | 'end'
}

export function LanguageMenu({ label, action, current, locales, hidden, align = 'start' }: LanguageMenuProps) {
  return (
    <DetailsMenu key={current} label={label} icon="globe" align={align} side="above">
      <form action={action} method={typeof action === 'string' ? 'post' : undefined} className="grid gap-0.5">
        <DrawnField />
        {Object.entries(hidden ?? {}).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {locales.map((locale) => (
          <MenuButton
            key={locale.value}
            name="locale"
            value={locale.value}
            lang={locale.value}
            current={locale.value === current}
          >
            {locale.label}
          </MenuButton>
        ))}
      </form>
    </DetailsMenu>
  )
}
