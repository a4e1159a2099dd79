import { defineConfig } from '@playwright/test'
import base from '../../playwright.config'

/** `npm run tour`: the pictures of README, of a demo company in the production build. No test. */
export default defineConfig({
  ...base,
  testDir: '.',
  outputDir: '../../test-results/tour',
  workers: 1,
  timeout: 240_000,
  projects: [{ name: 'tour', testMatch: 'pictures.ts' }],
})
