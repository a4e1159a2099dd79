/** An expected outcome: a value, or a code from a closed union (architecture: expected failures are values). */
export type Result<T, Code extends string, Detail = undefined> = Ok<T> | Err<Code, Detail>
export type Ok<T> = { readonly ok: true; readonly value: T }
export type Err<Code extends string, Detail = undefined> = {
  readonly ok: false
  readonly code: Code
  readonly detail: Detail
}

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value }
}

export function err<Code extends string>(code: Code): Err<Code, undefined>
export function err<Code extends string, Detail>(code: Code, detail: Detail): Err<Code, Detail>
export function err<Code extends string, Detail>(code: Code, detail?: Detail): Err<Code, Detail | undefined> {
  return { ok: false, code, detail }
}

/** Makes a switch over a union exhaustive at compile time. */
export function never(value: never): never {
  throw new Error(`unexpected value: ${String(value)}`)
}
