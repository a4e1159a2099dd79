/** Port: bytes from a CSPRNG (ASVS 11.5.1). */
export type RandomBytes = (size: number) => Uint8Array

export const systemRandom: RandomBytes = (size) => crypto.getRandomValues(new Uint8Array(size))

/** A whole number in [0, limit), without modulo bias. `limit` is at most 2^32. */
export function randomBelow(random: RandomBytes, limit: number): number {
  const ceiling = Math.floor(2 ** 32 / limit) * limit
  for (;;) {
    const bytes = random(4)
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
    if (value < ceiling) return value % limit
  }
}
