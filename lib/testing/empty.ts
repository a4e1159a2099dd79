// Stands for `server-only`, which outside a Next bundle exists only to throw.
export {}
