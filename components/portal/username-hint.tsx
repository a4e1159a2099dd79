/** Tells a password manager whose password is asked for; nobody sees it and no action reads it. */
export function UsernameHint({ value }: { value: string }) {
  return <input type="text" defaultValue={value} autoComplete="username" readOnly hidden />
}
