import { satisfies } from 'semver'
import { engines } from '../../package.json'

/** What to do about a Node that package.json does not allow; null when it does. */
export function refusalOf(version: string): string | null {
  if (satisfies(version, engines.node)) return null
  return (
    `Twofold needs Node ${engines.node}, and this is ${version}: install Node 24, or on Linux x64 run npm ci and start ` +
    'by npm (npm start), which brings it.'
  )
}

// Stands first among the imports of what is started: an older Node would fail further down without a word, or crash in
// a binary module.
const refusal = refusalOf(process.version)
if (refusal !== null) {
  process.stderr.write(`${refusal}\n`)
  process.exit(1)
}
