'use server'

import { importSchema } from '@/lib/administration/import/schema'
import { dropImport, startImport } from '@/lib/administration/import/service'
import { defineAction } from '@/lib/web/gate/action'
import { asSteppedUpAdmin, requireAssured, tenantAdmin } from '@/lib/web/gate/guard'
import { importPath, stepUpFor } from '@/lib/web/people'

const NOT_ALLOWED = { error: 'not_allowed', status: 403 } as const

/** X8: from now on the worker brings the file in, whatever becomes of this browser. */
export const startImportOf = defineAction({
  schema: importSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const here = `${importPath(input.tenant)}/${input.import}`
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return { to: stepUpFor(here) }
    const started = await startImport(deps, steppedUp, input.import)
    return started.ok || started.code === 'already_so' ? { to: here } : { error: started.code }
  },
})

export const dropImportOf = defineAction({
  schema: importSchema,
  gate: requireAssured,
  run: async (deps, _actor, input) => {
    const admin = await tenantAdmin(input.tenant)
    if (admin === null) return NOT_ALLOWED
    const here = importPath(input.tenant)
    const steppedUp = asSteppedUpAdmin(admin)
    if (steppedUp === null) return { to: stepUpFor(here) }
    const dropped = await dropImport(deps, steppedUp, input.import)
    return dropped.ok ? { to: here } : { error: dropped.code }
  },
})
