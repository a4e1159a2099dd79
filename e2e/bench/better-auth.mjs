// Run in a folder where npm installed better-auth: password and authenticator app, by the same hash as ours.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(process.cwd(), 'package.json'))
const load = (name) => import(pathToFileURL(require.resolve(name)).href)
const { betterAuth } = await load('better-auth')
const { twoFactor } = await load('better-auth/plugins')
const { toNodeHandler } = await load('better-auth/node')
const { getMigrations } = await load('better-auth/db/migration')
const { default: Database } = await load('better-sqlite3')
const { hash, verify } = await load('@node-rs/argon2')

const database = new Database('better-auth.db')
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON')
const port = Number(process.env.PORT)
const options = {
  baseURL: `http://localhost:${port}`,
  secret: 'a secret of this measurement alone, long enough',
  database,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  emailAndPassword: {
    enabled: true,
    password: {
      hash: (password) => hash(password, { memoryCost: 65536, timeCost: 3, parallelism: 1 }),
      verify: ({ hash: stored, password }) => verify(stored, password),
    },
  },
  plugins: [twoFactor()],
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
createServer(toNodeHandler(betterAuth(options))).listen(port, '127.0.0.1')
