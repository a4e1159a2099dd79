import '../../lib/core/node-version'
import { compose, image } from './container'
import { logs } from './logs'
import { webServers } from './proxies'
import { spreadsheets } from './spreadsheets'
import type { Party } from './types'
import { unit } from './unit'

/**
 * What this product makes, in the hands of other programs: too heavy for each change, run before a release. Installs
 * what is missing as root on Debian; else says what to install. The last line is `N passed, N failed`.
 */
const ALL: readonly Party[] = [spreadsheets, logs, ...webServers, unit, image, compose]
// `npm run test:parties -- nginx` runs those whose names hold the word.
const PARTIES = ALL.filter(({ name }) => name.includes(process.argv[2] ?? ''))

let passed = 0
// A word that names no party is a slip of whoever typed it.
let failed = PARTIES.length === 0 ? 1 : 0
for (const { name, provide, checks } of PARTIES) {
  process.stdout.write(`\n——— ${name}\n`)
  const missing = provide()
  if (missing !== null) {
    process.stdout.write(`${missing}\n`)
    failed += 1
    continue
  }
  for (const [what, check] of await checks()) {
    const wrong = await check()
    if (wrong === null) passed += 1
    else failed += 1
    process.stdout.write(`${wrong === null ? 'ok' : 'FAILED'}  ${what}${wrong === null ? '' : `: ${wrong}`}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
