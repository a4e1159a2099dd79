import type { FloorSetting } from '@/lib/identity/policy/floor/rules'
import type { FloorAbove } from '@/lib/identity/policy/types'
import { floorText } from '@/lib/web/words/floors'
import type { Reader } from '@/lib/web/words/reader'

/** What partners above ask for, before anybody tries to go below it (T5). */
export function FloorNotes({
  floors,
  settings,
  text,
}: {
  floors: readonly FloorAbove[]
  settings: readonly FloorSetting[]
  text: Pick<Reader, 't' | 'time'>
}) {
  const notes = settings.flatMap((setting) => floorText(floors, setting, text) ?? [])
  if (notes.length === 0) return null
  return (
    <ul className="grid gap-1 text-sm">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}
