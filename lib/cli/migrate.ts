import { z } from 'zod'
import { databaseKindOf } from '../core/db'
import { applyMigrations, MigrationError } from '../core/migrate'
import { type Rehearsal, rehearseMigrations } from '../core/rehearse'
import { type CommandOutcome, defineCommand, done, refused } from './command'
import { withConfig } from './world'

function said({ migrations, copied }: Rehearsal): string[] {
  const inSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`
  const all = migrations.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return [
    ...migrations.map(({ name, milliseconds }) => `Would apply ${name}: ${inSeconds(milliseconds)}.`),
    migrations.length === 0 ? 'The database is up to date.' : `${migrations.length} in all: ${inSeconds(all)}.`,
    copied === null
      ? 'It was tried in a transaction that was rolled back; nothing was changed.'
      : `It was tried on a copy, made in ${inSeconds(copied)} and deleted again; nothing was changed.`,
  ]
}

export const migrate = defineCommand({
  usage: 'migrate [--dry-run [--copy DATABASE-URL]]',
  about:
    'Brings the database up to this version; the server does so at its start. With --dry-run it is only tried, on a copy or in a transaction, and says how long it took.',
  options: { 'dry-run': { type: 'boolean' }, copy: { type: 'string' } },
  hints: { copy: 'the address of a copy of the database, with --dry-run' },
  schema: z
    .object({ 'dry-run': z.boolean().default(false), copy: z.string().min(1).optional() })
    .refine((input) => input.copy === undefined || input['dry-run'], { path: ['copy'] }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const onWait = (line: string) => io.stderr(`${line}\n`)
      if (!input['dry-run']) {
        const applied = await applyMigrations({ url: config.databaseUrl, onWait })
        const lines = applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `Applied ${name}.`)
        return done(lines, { applied })
      }
      const url = input.copy ?? config.databaseUrl
      try {
        databaseKindOf(url)
      } catch {
        return refused('wrong_copy', '--copy names no database: give file:… or postgresql://….')
      }
      try {
        const rehearsal = await rehearseMigrations({ url })
        return done(said(rehearsal), { ...rehearsal })
      } catch (error) {
        if (!(error instanceof MigrationError)) throw error
        return refused('failed', `${error.message} This was a rehearsal: nothing was changed.`)
      }
    }),
})
