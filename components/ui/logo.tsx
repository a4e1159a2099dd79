/** On white in every color scheme: most logos are made for paper. */
export function Logo({ src, width, height, name }: { src: string; width?: number; height?: number; name: string }) {
  return (
    <picture>
      <img
        src={src}
        width={width}
        height={height}
        alt={name}
        className="h-auto max-h-20 w-auto max-w-full rounded-md bg-plate p-2"
      />
    </picture>
  )
}
