declare const brand: unique symbol

/** A value that only a gate can make: services take it instead of trusting their caller. */
export type Proof<Name extends string, Data> = Data & { readonly [brand]: { readonly [N in Name]: true } }

/** Called by lib/web/gate/guard.ts, lib/cli, lib/job and lib/testing alone; the architecture test holds it to that. */
export function mint<P extends Proof<string, object>>(data: Omit<P, typeof brand>): P {
  return data as P
}
