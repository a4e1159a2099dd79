// Preloaded into the server under measurement: counts what reaches the database driver, and tells on request.
import Database from 'better-sqlite3'

/** Work of the background worker, not of a request. */
const BACKGROUND =
  /[`"](outbox_message|audit_seal|audit_head|job)[`"]|^SELECT.*[`"]audit_event[`"]|^\s*(PRAGMA|ATTACH)/is
let statements = []

function noting(method) {
  const original = Database.prototype[method]
  Database.prototype[method] = function (sql, ...rest) {
    if (!BACKGROUND.test(sql)) statements.push(sql.replace(/\s+/g, ' ').slice(0, 90))
    return original.call(this, sql, ...rest)
  }
}
noting('prepare')
noting('exec')

process.on('message', (message) => {
  if (message !== 'statements') return
  process.send?.({ statements })
  statements = []
})
