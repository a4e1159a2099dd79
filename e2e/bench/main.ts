import { auditFigures } from './audit'
import { bulkFigures } from './bulk'
import { flatFigures } from './flat'
import { floodFigures } from './flood'
import { importFigures } from './import'
import { importKeyFigures } from './import-keys'
import { instanceFigures } from './instances'
import { mailFigures } from './mail'
import { measureFigures } from './measure'
import { peerFigures } from './peers'
import { peopleFigures } from './people-list'
import { signInFigures } from './sign-in'
import { tableFigures } from './table'
import { trustFigures } from './trust'

/** In the order in which `all` runs them. */
const PARTS: Readonly<Record<string, readonly [run: () => Promise<void>, what: string]>> = {
  table: [tableFigures, 'every figure of docs/benchmarks.md on both databases, compared with it (about 8 minutes)'],
  'sign-in': [signInFigures, 'a sign-in, its statements and its page, on SQLite'],
  mail: [mailFigures, 'mail'],
  trust: [trustFigures, 'trusted devices'],
  people: [peopleFigures, 'People > Users with a million people, or --people='],
  audit: [auditFigures, 'the audit log with ten million events, or --events='],
  measure: [measureFigures, 'overview, preview and reports with a million people, or --people='],
  flood: [floodFigures, 'wrong passwords beside people who are signed in'],
  import: [importFigures, 'files of people with 250,000 rows, or --rows='],
  bulk: [bulkFigures, 'acts on 100,000 people, or --people='],
  'import-keys': [importKeyFigures, 'a file with keys of apps with 100,000 rows, or --rows='],
  flat: [flatFigures, 'sign-in, check, lists and policy with a million people, or --people=, against a thousand'],
  instances: [instanceFigures, 'one, two and four instances on one PostgreSQL behind nginx'],
  peers: [peerFigures, 'others on the same machine, installed for it by npm into a temporary folder'],
}
/** What is no figure of ours. */
const ONLY_BY_NAME = ['peers']
const OPTIONS = ['--people=', '--events=', '--rows=', '--statements', '--keep']

const HELP = `npm run bench                       the table of docs/benchmarks.md
npm run bench -- PART [PART …]      these parts
npm run bench -- all                every part but peers: hours

Parts:
${Object.entries(PARTS)
  .map(([name, [, what]]) => `  ${name.padEnd(14)}${what}`)
  .join('\n')}

Options:
  --people=N --events=N --rows=N    fewer than a part takes by itself
  --statements                      sign-in prints the statements that it counts
  --keep                            table writes its results even where one is worse than it was
Figures are those of what npm run build made.
`

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n\n${HELP}`)
  process.exit(2)
}

const given = process.argv.slice(2)
if (given.some((word) => ['--help', '-h', 'help'].includes(word))) {
  process.stdout.write(HELP)
  process.exit(0)
}
for (const word of given.filter((each) => each.startsWith('-'))) {
  const known = OPTIONS.some((option) => (option.endsWith('=') ? word.startsWith(option) : word === option))
  if (!known || (word.includes('=') && !/=[1-9]\d*$/.test(word))) refuse(`${word} is no option.`)
}
const named = given.filter((word) => !word.startsWith('-'))
const unknown = named.find((name) => name !== 'all' && !Object.hasOwn(PARTS, name))
if (unknown !== undefined) refuse(`${unknown} is no part.`)
const wanted = named.includes('all')
  ? Object.keys(PARTS).filter((name) => !ONLY_BY_NAME.includes(name) || named.includes(name))
  : named.length === 0
    ? ['table']
    : named
for (const [name, [run]] of Object.entries(PARTS)) if (wanted.includes(name)) await run()
