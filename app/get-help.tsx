import { TextLink } from '@/components/ui/text-link'
import type { HelpLine } from '@/lib/identity/tenant/types'
import type { Reader } from '@/lib/web/words/reader'

/** Where a company's people get help, in its own words: one line, and a link that shows where it leads (X9). */
export function GetHelp({ help, t }: { help: HelpLine | null; t: Reader['t'] }) {
  if (help === null) return null
  return (
    <aside className="mt-6 grid gap-1 text-sm text-ink-muted" aria-labelledby="get-help">
      <p id="get-help" className="font-medium text-ink">
        {t('help.where')}
      </p>
      {help.text === '' ? null : (
        <p dir="auto" className="wrap-anywhere">
          {help.text}
        </p>
      )}
      {help.link === null ? null : (
        <p className="wrap-anywhere">
          <TextLink href={help.link.href} plain>
            <bdi>{help.link.shown}</bdi>
          </TextLink>
        </p>
      )}
    </aside>
  )
}
