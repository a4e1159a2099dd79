import { z } from 'zod'

export interface Counts {
  passed: number
  failed: number
  skipped?: number
  /** What failed, by name. */
  broken?: readonly string[]
}

export function sumOf(counts: readonly Counts[]): { passed: number; failed: number } {
  return counts.reduce<{ passed: number; failed: number }>(
    (sum, each) => ({ passed: sum.passed + each.passed, failed: sum.failed + each.failed }),
    { passed: 0, failed: 0 },
  )
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
})

/** A file that cannot be loaded has no test in it, and is one failure. */
export function countVitest(report: unknown): Counts {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = vitestReport.parse(report)
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failed = testResults.flatMap((file) => file.assertionResults.filter((test) => test.status === 'failed'))
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests,
    broken: [...unloaded.map((file) => file.name), ...failed.map((test) => test.fullName)],
  }
}

const playwrightSuite = z.object({
  specs: z.array(z.object({ title: z.string(), file: z.string(), tests: z.array(z.object({ status: z.string() })) })),
  get suites() {
    return z.array(playwrightSuite).optional()
  },
})

const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
})

/**
 * An error outside any test, such as a fixture of a whole worker, is one failure; so is a test that needed two tries.
 */
export function countPlaywright(report: unknown): Counts {
  const { suites, stats, errors } = playwrightReport.parse(report)
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
    broken: suites.flatMap(brokenIn),
  }
}

function brokenIn({ specs, suites = [] }: z.infer<typeof playwrightSuite>): string[] {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'unexpected' || status === 'flaky'))
  return [...own.map(({ file, title }) => `${file}: ${title}`), ...suites.flatMap(brokenIn)]
}
