import type { ReactNode } from 'react'
import { cx } from './cx'

// Drawn on a 20 unit grid with a 1.5 unit line, no fill, unless a shape says otherwise.
const shapes = {
  alert: (
    <>
      <path d="M10 3.2 17.6 16.4a.9.9 0 0 1-.8 1.3H3.2a.9.9 0 0 1-.8-1.3Z" />
      <path d="M10 8.2v4" />
      <path d="M10 14.9v.1" strokeWidth="2" />
    </>
  ),
  'arrow-left': <path d="M16 10H4.5m4.8-5L4.2 10l5.1 5" />,
  'arrow-right': <path d="M4 10h11.5m-4.8-5 5.1 5-5.1 5" />,
  building: (
    <>
      <path d="M4 17.2V4.5c0-.6.4-1 1-1h6c.6 0 1 .4 1 1v12.7M12 8.5h3c.6 0 1 .4 1 1v7.7M2.5 17.2h15" />
      <path d="M7 7h2m-2 3.2h2m-2 3.2h2" />
    </>
  ),
  chart: <path d="M3.5 3.5v13h13M7 13V9.5m3.5 3.5V6m3.5 7v-2" />,
  check: <path d="m4.5 10.5 3.7 3.7 7.3-8.2" />,
  'check-circle': (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="m6.9 10.3 2.2 2.2 4.1-4.7" />
    </>
  ),
  'chevron-down': <path d="m5.5 8 4.5 4.5L14.5 8" />,
  'chevron-right': <path d="m8 5.5 4.5 4.5L8 14.5" />,
  clock: (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M10 5.8V10l2.8 1.9" />
    </>
  ),
  code: <path d="m7 6-4.2 4L7 14m6-8 4.2 4-4.2 4" />,
  copy: (
    <>
      <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
      <path d="M13 7V5c0-.8-.7-1.5-1.5-1.5H5c-.8 0-1.5.7-1.5 1.5v6.5c0 .8.7 1.5 1.5 1.5h2" />
    </>
  ),
  cross: <path d="m5.5 5.5 9 9m0-9-9 9" />,
  'cross-octagon': (
    <>
      <path d="M7 2.75h6L17.25 7v6L13 17.25H7L2.75 13V7Z" />
      <path d="m7.6 7.6 4.8 4.8m0-4.8-4.8 4.8" />
    </>
  ),
  device: (
    <>
      <rect x="3" y="4" width="14" height="9.5" rx="1.5" />
      <path d="M7 16.5h6" />
    </>
  ),
  download: <path d="M10 3.5v9m-3.8-3.6 3.8 3.8 3.8-3.8M3.5 16.5h13" />,
  dots: (
    <g fill="currentColor" stroke="none">
      <circle cx="4.5" cy="10" r="1.5" />
      <circle cx="10" cy="10" r="1.5" />
      <circle cx="15.5" cy="10" r="1.5" />
    </g>
  ),
  eye: (
    <>
      <path d="M2 10c1.8-3.3 4.5-5 8-5s6.2 1.7 8 5c-1.8 3.3-4.5 5-8 5s-6.2-1.7-8-5Z" />
      <circle cx="10" cy="10" r="2.4" />
    </>
  ),
  'eye-off': (
    <>
      <path d="M7.8 5.2C8.5 5.1 9.2 5 10 5c3.5 0 6.2 1.7 8 5-.6 1.1-1.3 2-2.1 2.7m-2.3 1.6c-1.1.5-2.3.7-3.6.7-3.5 0-6.2-1.7-8-5 .8-1.5 1.9-2.7 3.2-3.5" />
      <path d="m3.5 3.5 13 13M8.2 8.4a2.4 2.4 0 0 0 3.3 3.3" />
    </>
  ),
  'external-link': (
    <path d="M8 4.5H5c-.8 0-1.5.7-1.5 1.5v9c0 .8.7 1.5 1.5 1.5h9c.8 0 1.5-.7 1.5-1.5v-3m-4.5-8.5h5.5V9m-.3-5.2L9.5 10.5" />
  ),
  globe: (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M2.75 10h14.5M10 2.75c2.2 2 3.2 4.4 3.2 7.25s-1 5.25-3.2 7.25c-2.2-2-3.2-4.4-3.2-7.25s1-5.25 3.2-7.25Z" />
    </>
  ),
  home: <path d="m3 9.2 7-5.7 7 5.7M5 8v7.5c0 .6.4 1 1 1h8c.6 0 1-.4 1-1V8m-6.5 8.5v-4.5h3v4.5" />,
  info: (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M10 9.3v4.2" />
      <path d="M10 6.5v.1" strokeWidth="2" />
    </>
  ),
  key: (
    <>
      <circle cx="6.8" cy="13.2" r="3.7" />
      <path d="m9.5 10.5 7-7m-2.5 2.5 2.2 2.2m-4.7.3 1.5 1.5" />
    </>
  ),
  list: (
    <>
      <path d="M7.5 5.5h9m-9 4.5h9m-9 4.5h9" />
      <path d="M3.8 5.5v.01M3.8 10v.01M3.8 14.5v.01" strokeWidth="2" />
    </>
  ),
  lock: (
    <>
      <rect x="4" y="8.8" width="12" height="8.2" rx="1.5" />
      <path d="M6.8 8.5V6.2a3.2 3.2 0 0 1 6.4 0v2.3" />
    </>
  ),
  mail: (
    <>
      <rect x="2.75" y="4.5" width="14.5" height="11" rx="1.5" />
      <path d="m3.5 6 6.5 5 6.5-5" />
    </>
  ),
  menu: <path d="M3.5 6h13m-13 4h13m-13 4h13" />,
  minus: <path d="M5 10h10" />,
  'minus-circle': (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M6.8 10h6.4" />
    </>
  ),
  pause: (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <path d="M8.2 7.3v5.4m3.6-5.4v5.4" />
    </>
  ),
  phone: (
    <>
      <rect x="5.5" y="2.5" width="9" height="15" rx="1.8" />
      <path d="M9 14.8h2" />
    </>
  ),
  print: (
    <>
      <path d="M6 7.5v-4h8v4M6 14H4.5c-.8 0-1.5-.7-1.5-1.5V9c0-.8.7-1.5 1.5-1.5h11c.8 0 1.5.7 1.5 1.5v3.5c0 .8-.7 1.5-1.5 1.5H14" />
      <path d="M6 11.5h8v5H6Z" />
    </>
  ),
  search: (
    <>
      <circle cx="8.8" cy="8.8" r="5.3" />
      <path d="m12.8 12.8 4 4" />
    </>
  ),
  shield: <path d="M10 2.7 16 5v4.5c0 3.6-2.2 6.3-6 7.8-3.8-1.5-6-4.2-6-7.8V5Zm-2.8 7 2 2 3.6-4" />,
  user: (
    <>
      <circle cx="10" cy="6.8" r="3.3" />
      <path d="M3.8 16.8c.7-3.1 2.9-4.8 6.2-4.8s5.5 1.7 6.2 4.8" />
    </>
  ),
  users: (
    <>
      <circle cx="7.5" cy="7" r="3" />
      <path d="M2 16.3c.6-2.9 2.5-4.5 5.5-4.5s4.9 1.6 5.5 4.5M12.8 4.2a3 3 0 0 1 0 5.6m1.7 2.3c1.9.5 3.1 1.9 3.5 4.2" />
    </>
  ),
  wrench: (
    <path d="M12.2 7.8 16 4a4.6 4.6 0 0 1-5.7 6.4l-5 5.4a1.5 1.5 0 0 1-2.2-2.1l5.5-5A4.6 4.6 0 0 1 14.5 2.8L11 6.5Z" />
  ),
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof shapes

/** Decoration beside words: hidden from assistive technology. An icon that stands alone needs a labelled parent. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={cx('shrink-0', className ?? 'size-5')}
    >
      {shapes[name]}
    </svg>
  )
}
