/** A button and a line of text in an accent, as each scheme has them; drawn without any inline style. */
export function AccentSample({ label, light, dark }: { label: string; light: AccentLook; dark: AccentLook }) {
  return (
    <svg role="img" aria-label={label} viewBox="0 0 176 40" className="h-10 w-44 forced-color-adjust-none">
      {[light, dark].map(({ ground, solid, text }, index) => (
        <g key={ground} transform={`translate(${index * 92} 0)`}>
          <rect width="84" height="40" rx="6" fill={ground} stroke="#8492a0" strokeOpacity="0.5" />
          <rect x="8" y="8" width="36" height="24" rx="4" fill={solid} />
          <rect x="15" y="18" width="22" height="4" rx="2" fill={text} />
          <rect x="52" y="18" width="24" height="4" rx="2" fill={solid} />
        </g>
      ))}
    </svg>
  )
}

export interface AccentLook {
  ground: string
  solid: string
  text: string
}
