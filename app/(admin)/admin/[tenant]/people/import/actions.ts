'use server'

import { dropImport, startImport } from '@/lib/administration/import/console/service'
import { importSchema } from '@/lib/administration/import/schema'
import { defineAdminAction } from '@/lib/web/gate/admin-action'
import { importPath } from '@/lib/web/paths'

/** From now on the worker brings the file in, whatever becomes of this browser (X8). */
export const startImportOf = defineAdminAction({
  schema: importSchema,
  act: 'import',
  back: (input) => `${importPath(input.tenant)}/${input.import}`,
  run: async (deps, admin, input) => {
    const started = await startImport(deps, admin, input.import)
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
