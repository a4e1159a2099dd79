import { cx } from '../ui/cx'

/** A sheet with two corners folded to its middle: two factors that meet, and a lock that is shut. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="2 2 20 20" aria-hidden="true" className={cx('shrink-0', className ?? 'size-6')}>
      <path d="M12 3h7a2 2 0 0 1 2 2v7l-9 9H5a2 2 0 0 1-2-2v-7Z" className="fill-mark-deep" />
      <path d="M12 3v7a2 2 0 0 1-2 2H3Z" className="fill-mark" />
      <path d="M12 21v-7a2 2 0 0 1 2-2h7Z" className="fill-mark" />
    </svg>
  )
}

/** The product's name with its mark. */
export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2 text-lg font-semibold tracking-tight text-ink', className)}>
      <Mark />
      Twofold
    </span>
  )
}
