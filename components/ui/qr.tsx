import { cx } from './cx'

export type QrProps = {
  /** Says what it is for; the key as text must stand beside it. */
  label: string
  /** Dark modules, row by row. */
  modules: readonly (readonly boolean[])[]
  className?: string
}

const quiet = 4

/** Black on white in every colour scheme, with the quiet zone of four modules (ISO/IEC 18004). */
export function Qr({ label, modules, className }: QrProps) {
  const side = modules.length + 2 * quiet
  const path = modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : '')))
    .join('')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      className={cx('rounded-md border border-line forced-color-adjust-none', className ?? 'size-56')}
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
