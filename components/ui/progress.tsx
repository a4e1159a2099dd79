import { cx } from './cx'

export type ProgressProps = {
  /** Names what progresses. */
  label: string
  value: number
  max: number
  /** The numbers in words: "1,200 of 5,000 rows". */
  text: string
  className?: string
}

// Attributes, not styles: the content policy allows no inline style.
const percent = (value: number, max: number) => `${max > 0 ? Math.min(100, Math.max(0, (100 * value) / max)) : 0}%`

/** Long work, with its numbers. */
export function ProgressBar({ label, value, max, text, className }: ProgressProps) {
  return (
    <div className={cx('grid gap-2 text-sm', className)}>
      <div className="flex flex-wrap justify-between gap-x-4">
        <span className="font-medium">{label}</span>
        <span className="text-ink-muted tabular-nums">{text}</span>
      </div>
      <svg
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={value}
        aria-valuetext={text}
        className="bar"
      >
        <rect width="100%" height="100%" className="fill-bar-track" />
        <rect width={percent(value, max)} height="100%" className="fill-accent-solid" />
      </svg>
    </div>
  )
}

export type ShareTone = 'positive' | 'attention' | 'neutral'

export type SharesProps = {
  /** The whole in one sentence: "41 of 58 enrolled". */
  text: string
  total: number
  /** Whether the parts are drawn: not where nothing is to be done. */
  bar?: boolean
  /** The parts in the order of the bar, each in words: "12 must set it up". A part of 0 has its words and no piece. */
  parts: readonly { value: number; text: string; tone: ShareTone }[]
  /** Who is in no part, each in words: "5 exempt". */
  beside?: readonly string[]
  className?: string
}

const fills: Record<ShareTone, string> = {
  positive: 'fill-bar-positive',
  attention: 'fill-bar-attention',
  neutral: 'fill-bar-neutral',
}

/** The shape before a part's words, so that the parts differ without colour: disc, ring, bar. */
function Key({ tone }: { tone: ShareTone }) {
  return (
    <svg viewBox="0 0 10 10" aria-hidden="true" className={cx('size-2.5 shrink-0', fills[tone])}>
      {tone === 'positive' ? <circle cx="5" cy="5" r="5" /> : null}
      {tone === 'attention' ? <path d="M5 0a5 5 0 1 0 0 10A5 5 0 0 0 5 0Zm0 2.5a2.5 2.5 0 0 1 0 5Z" /> : null}
      {tone === 'neutral' ? <rect y="3.5" width="10" height="3" rx="1" /> : null}
    </svg>
  )
}

/** How many have it, must set it up, are invited: a bar with its words, and beside it who is not in it. */
export function Shares({ text, total, bar = total > 0, parts, beside = [], className }: SharesProps) {
  let before = 0
  return (
    <div className={cx('grid gap-2 text-sm', className)}>
      <p className="font-medium tabular-nums">{text}</p>
      {!bar ? null : (
        <svg aria-hidden="true" className="bar">
          <rect width="100%" height="100%" className="fill-bar-track" />
          {parts.map((part) => {
            const x = percent(before, total)
            before += part.value
            return part.value > 0 ? (
              <rect
                key={part.text}
                x={x}
                width={percent(part.value, total)}
                height="100%"
                className={cx(fills[part.tone], 'bar-piece')}
              />
            ) : null
          })}
        </svg>
      )}
      {total === 0 ? null : (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-ink-muted tabular-nums">
          {parts
            .filter(({ value }) => bar || value > 0)
            .map((part) => (
              <li key={part.text} className="flex items-center gap-1.5">
                {bar ? <Key tone={part.tone} /> : null}
                {part.text}
              </li>
            ))}
        </ul>
      )}
      {beside.length === 0 ? null : (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-ink-muted tabular-nums">
          {beside.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
