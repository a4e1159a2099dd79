import { defineConfig, devices } from '@playwright/test'
import { findChromium } from './e2e/support/tools'

const chromium = findChromium()
if (chromium === null) throw new Error('No Chromium was found: install one, or name it in CHROMIUM_PATH.')

/** Journeys that a person without script must be able to take to their end (X2). */
const JOURNEYS = [
  'measure.spec.ts',
  'setup.spec.ts',
  'requirement.spec.ts',
  'two-factor-off.spec.ts',
  'enrolment.spec.ts',
  'sign-in.spec.ts',
  'recovery.spec.ts',
  'account.spec.ts',
  'devices.spec.ts',
  'factors.spec.ts',
  'links.spec.ts',
  'people.spec.ts',
  'proof.spec.ts',
  'arrivals.spec.ts',
  'branding.spec.ts',
  'bulk.spec.ts',
  'clients.spec.ts',
  'audit.spec.ts',
  'limits.spec.ts',
  'floors.spec.ts',
  'resets.spec.ts',
  'language.spec.ts',
]

export default defineConfig({
  testDir: 'e2e',
  testIgnore: 'bench/**',
  outputDir: 'test-results',
  workers: 2,
  retries: 0,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    trace: 'off',
    screenshot: 'off',
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    launchOptions: {
      executablePath: chromium,
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'script', testIgnore: ['bench/**', 'http-*.spec.ts'] },
    { name: 'no-script', testMatch: JOURNEYS, use: { javaScriptEnabled: false } },
    { name: 'http', testMatch: 'http-*.spec.ts' },
  ],
})
