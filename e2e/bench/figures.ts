export function say(name: string, value: string, aim = ''): void {
  process.stdout.write(`${name.padEnd(70)} ${value.padStart(12)}  ${aim}\n`)
}

export const number = (value: number, digits = 2) => value.toFixed(digits)

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Runs `work` again and again, `at` at once, for about `seconds`; gives how often a second it was done. */
export async function rate(at: number, seconds: number, work: (worker: number) => Promise<void>): Promise<number> {
  const began = performance.now()
  const end = began + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: at }, async (_, worker) => {
      while (performance.now() < end) {
        await work(worker)
        done += 1
      }
    }),
  )
  return done / ((performance.now() - began) / 1000)
}
