// Preloaded into the server under measurement: counts what reaches the database driver, and tells on request.
import Database from 'better-sqlite3'

/** Work of the background worker, not of a request; models are in back ticks, our own statements in quotes. */
const BACKGROUND = [
  /[`"](audit_seal|audit_head|job|bulk_act|reset_notice|people_import|report|report_schedule|reminder_round)[`"]/i,
  /^\s*(SELECT|UPDATE|DELETE).*[`"](outbox_message|link_request)[`"]/is,
  /^SELECT.*`audit_event`/is,
  // The name for a mail's greeting, and whose mail it is.
  /^SELECT `main`.`app_user`.`id`, `main`.`app_user`.`name` FROM/i,
  /^SELECT .*`tenant`.`helpText`/i,
  /data_version/,
  /^\s*(PRAGMA|ATTACH)/i,
]
let statements = []

/** Prepared ones are kept by their connection: what counts is each time one runs. */
function noting(prototype, method, sqlOf) {
  const original = prototype[method]
  prototype[method] = function (...given) {
    const sql = sqlOf(this, given)
    if (!BACKGROUND.some((each) => each.test(sql))) statements.push(sql.replace(/\s+/g, ' ').slice(0, 90))
    return original.apply(this, given)
  }
}
const statement = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1'))
noting(statement, 'run', ({ source }) => source)
noting(statement, 'all', ({ source }) => source)
noting(Database.prototype, 'exec', (_database, [sql]) => sql)

process.on('message', (message) => {
  if (message !== 'statements') return
  process.send?.({ statements })
  statements = []
})
