import { type Db, databaseKind } from '../core/db'

interface Trigger {
  name: string
  of: string
}

const QUERY = {
  sqlite: `SELECT name, tbl_name AS "of" FROM sqlite_master WHERE type = 'trigger' ORDER BY name`,
  postgresql: `SELECT tgname::text AS name, tgrelid::regclass::text AS "of" FROM pg_trigger
    WHERE NOT tgisinternal ORDER BY tgname`,
}

export function listTriggers(db: Db): Promise<Trigger[]> {
  return db.$queryRawUnsafe<Trigger[]>(QUERY[databaseKind(db)])
}

/** What somebody with the whole database does before tampering. */
export async function dropAuditTriggers(db: Db): Promise<void> {
  for (const { name, of } of await listTriggers(db)) {
    await db.$executeRawUnsafe(`DROP TRIGGER "${name}"${databaseKind(db) === 'sqlite' ? '' : ` ON ${of}`}`)
  }
}
