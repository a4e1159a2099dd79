// Preloaded into the server under measurement: counts what reaches the database drivers, and tells on request.
import Database from 'better-sqlite3'
import pg from 'pg'

/** Set around a request by lib/web/server/response.ts: what runs outside of one is the worker's. */
const isOfRequest = () => globalThis[Symbol.for('twofold.response')]?.getStore() !== undefined
let statements = []

/** Prepared ones are kept by their connection: what counts is each time one runs. */
function noting(prototype, method, sqlOf) {
  const original = prototype[method]
  prototype[method] = function (...given) {
    const sql = sqlOf(this, given)
    if (sql !== undefined && isOfRequest()) statements.push(sql.replace(/\s+/g, ' ').slice(0, 90))
    return original.apply(this, given)
  }
}
const statement = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1'))
noting(statement, 'run', ({ source }) => source)
noting(statement, 'all', ({ source }) => source)
noting(Database.prototype, 'exec', (_database, [sql]) => sql)
noting(pg.Client.prototype, 'query', (_client, [asked]) => asked?.text ?? asked)

process.on('message', (message) => {
  if (message !== 'statements') return
  process.send?.({ statements })
  statements = []
})
