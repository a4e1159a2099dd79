// Preloaded into the server under measurement: counts what reaches the database driver, and tells on request.
import Database from 'better-sqlite3'

/** Work of the background worker, not of a request. */
const BACKGROUND = [
  /[`"](audit_seal|audit_head|job)[`"]/i,
  /^(SELECT|UPDATE|DELETE).*[`"](outbox_message|link_request)[`"]/is,
  /^SELECT.*[`"]audit_event[`"]/is,
  // The name for a mail's greeting.
  /^SELECT `main`.`app_user`.`id`, `main`.`app_user`.`name` FROM/i,
  /^\s*(PRAGMA|ATTACH)/i,
]
let statements = []

function noting(method) {
  const original = Database.prototype[method]
  Database.prototype[method] = function (sql, ...rest) {
    if (!BACKGROUND.some((each) => each.test(sql))) statements.push(sql.replace(/\s+/g, ' ').slice(0, 90))
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
