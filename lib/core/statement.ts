import { Prisma } from './db'

/** Statements of ours that are written with every request; the names of columns are the code's, and nobody's input. */

/** Columns of a row by their names; what is undefined keeps the column's default. */
export function insertion(table: string, row: Readonly<Record<string, unknown>>): Prisma.Sql {
  const columns = Object.entries(row).filter(([, value]) => value !== undefined)
  const names = columns.map(([name]) => `"${name}"`).join(', ')
  const between = columns.slice(1).map(() => ', ')
  const strings = [`INSERT INTO "${table}" (${names}) VALUES (`, ...between, ')']
  return new Prisma.Sql(
    strings,
    columns.map(([, value]) => value),
  )
}

/** `"a" = ?, "b" = ?`; what is undefined stays as it is. */
export function assignments(change: object): Prisma.Sql {
  const changed = Object.entries(change).filter(([, value]) => value !== undefined)
  const strings = changed.map(([name], index) => `${index === 0 ? '' : ', '}"${name}" = `)
  return new Prisma.Sql(
    [...strings, ''],
    changed.map(([, value]) => value),
  )
}
