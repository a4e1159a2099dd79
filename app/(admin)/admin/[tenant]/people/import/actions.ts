'use server'

import type { z } from 'zod'
import {
  dropImport,
  startImport,
  startImportWithChanges,
  startImportWithPasswords,
} from '@/lib/administration/import/console/service'
import { importSchema, readAgainSchema, startImportSchema } from '@/lib/administration/import/schema'
import type { SteppedUpAdmin } from '@/lib/identity/actor/types'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { importPath } from '@/lib/web/paths'
import { importer } from '@/lib/web/server/deps'

/** From now on the worker brings the file in, whatever becomes of this browser (X8). */
export const startImportOf = defineAdminAction({
  schema: startImportSchema,
  act: 'import',
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  run: async (deps, admin, input) => {
    const started = await startImport(deps, admin, input.import, input.look)
    return started.ok || started.code === 'already_so'
      ? { to: `${importPath(input.tenant)}/${input.import}` }
      : { error: started.code === 'with_passwords' || started.code === 'not_permitted' ? 'bad_request' : started.code }
  },
})

/** People who are there become what the file says (X8), at the proof that the act on one of them asks for (S29). */
export const startImportOfChanges = defineAdminAction({
  schema: startImportSchema,
  act: 'import_changes',
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  run: async (deps, admin, input) => {
    const started = await startImportWithChanges(deps, admin, input.import, input.look)
    return started.ok || started.code === 'already_so'
      ? { to: `${importPath(input.tenant)}/${input.import}` }
      : { error: started.code }
  },
})

/** Passwords of another system come along (X8): by an owner who proved it just now. */
export const startImportOfPasswords = defineAdminAction({
  schema: startImportSchema,
  act: 'import_secrets',
  also: ['import_changes'],
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  run: async (deps, admin, input) => {
    const started = await startImportWithPasswords(deps, admin, input.import, input.look)
    return started.ok || started.code === 'already_so'
      ? { to: `${importPath(input.tenant)}/${input.import}` }
      : { error: started.code }
  },
})

export const dropImportOf = defineAdminAction({
  schema: importSchema,
  act: 'import',
  back: (input) => importPath(input.tenant),
  run: async (deps, admin, input) => {
    const dropped = await dropImport(deps, admin, input.import)
    return dropped.ok ? { to: importPath(input.tenant) } : { error: dropped.code }
  },
})

/** Which role people get of whom the file says none: nobody gets one that was not chosen (X8). */
export const giveRole = defineAdminAction({
  schema: readAgainSchema,
  act: 'import',
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  unproved: (input) => (input.wishes.role === null ? { error: 'no_role', field: 'role' } : null),
  run: async (_deps, admin, input) => readAsWished(admin, input),
})

/** The file is read as the admin says, by the thread that checks files (N36); nothing of the look before stays. */
export const readImportAgain = defineAdminAction({
  schema: readAgainSchema,
  act: 'import',
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  run: async (_deps, admin, input) => readAsWished(admin, input),
})

async function readAsWished(admin: SteppedUpAdmin, input: z.output<typeof readAgainSchema>): Promise<{ to: string }> {
  const here = `${importPath(input.tenant)}/${input.import}`
  const read = await importer().readAgain(admin, input.import, input.wishes)
  return { to: read.ok ? here : `${here}?problem=${read.detail.problem}` }
}
