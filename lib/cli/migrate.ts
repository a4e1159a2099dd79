import { z } from 'zod'
import { applyMigrations } from '../core/migrate'
import { defineCommand, done } from './command'
import { withConfig } from './world'

export const migrate = defineCommand({
  usage: 'migrate',
  about: 'Brings the database up to this version; the server does so at its start.',
  options: {},
  schema: z.object({}),
  run: (_input, io) =>
    withConfig(io, async (config) => {
      const applied = await applyMigrations({ url: config.databaseUrl, onWait: (line) => io.stderr(`${line}\n`) })
      const lines = applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `Applied ${name}.`)
      return done(lines, { applied })
    }),
})
