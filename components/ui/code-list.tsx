import { Fragment, type ReactNode } from 'react'
import { cx } from './cx'

export type CodeListProps = {
  /** Names the list. */
  label: string
  codes: readonly string[]
  /** On paper only, above the codes: what they are for, whose, made when. */
  sheet?: { title: string; lines: readonly string[] }
  className?: string
}

/** A long code may break once, in its middle. */
function halves(code: string): string[] {
  const groups = code.split('-')
  const middle = Math.ceil(groups.length / 2)
  return groups.length < 4 ? [code] : [`${groups.slice(0, middle).join('-')}-`, groups.slice(middle).join('-')]
}

/** Numbered recovery codes in two columns, counted downwards. The page prints as this list alone. */
export function CodeList({ label, codes, sheet, className }: CodeListProps) {
  return (
    <div data-print-sheet className={cx('@container', className)}>
      {sheet ? (
        <div className="mb-6 hidden gap-1 print:grid">
          <p className="text-xl font-semibold">{sheet.title}</p>
          {sheet.lines.map((line) => (
            <p key={line} className="text-sm">
              {line}
            </p>
          ))}
        </div>
      ) : null}
      <ol
        aria-label={label}
        className="columns-2 gap-2 rounded-md border border-line bg-sunken px-2 py-2.5 font-mono text-sm @xs:gap-4 @xs:px-4"
      >
        {codes.map((code, index) => (
          <li key={code} className="flex break-inside-avoid items-baseline gap-1.5 py-1.5 @xs:gap-2.5">
            <span className="min-w-4 text-right text-xs text-ink-muted tabular-nums select-none">{index + 1}</span>
            <code translate="no" className="tabular-nums select-all">
              {halves(code).map((half, part) => (
                <Fragment key={half}>
                  {part > 0 ? <wbr /> : null}
                  <span className="whitespace-nowrap">{half}</span>
                </Fragment>
              ))}
            </code>
          </li>
        ))}
      </ol>
    </div>
  )
}

export type KeyTextProps = {
  label: string
  value: string
  /** A copy button. */
  aside?: ReactNode
  className?: string
}

function Labelled({ label, aside, className, children }: Omit<KeyTextProps, 'value'> & { children: ReactNode }) {
  return (
    <div className={cx('grid gap-1.5 text-sm', className)}>
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-3 gap-y-1.5">
        <p className="font-medium">{label}</p>
        {aside}
      </div>
      <div className="rounded-md border border-line bg-sunken px-3.5 py-2.5 font-mono">{children}</div>
    </div>
  )
}

/** A key to type by hand: groups of four, four to a line. */
export function KeyText({ value, ...rest }: KeyTextProps) {
  const groups = value.replace(/[\s-]/g, '').match(/.{1,4}/g) ?? []
  return (
    <Labelled {...rest}>
      <code translate="no" className="block max-w-[19ch] leading-6 select-all">
        {groups.join(' ')}
      </code>
    </Labelled>
  )
}

/** A secret as it is, shown once: a recovery code, a token. */
export function SecretText({ value, ...rest }: KeyTextProps) {
  return (
    <Labelled {...rest}>
      <code translate="no" className="block leading-6 wrap-anywhere select-all">
        {value}
      </code>
    </Labelled>
  )
}
