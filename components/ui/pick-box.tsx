/** A box at the beginning of a row, of a form that stands elsewhere on the page. */
export function PickBox({ form, name, label }: { form: string; name: string; label: string }) {
  return (
    <label className="-m-2 inline-flex cursor-pointer p-2">
      <input type="checkbox" form={form} name={name} className="field-box rounded-xs" />
      <span className="sr-only">{label}</span>
    </label>
  )
}
