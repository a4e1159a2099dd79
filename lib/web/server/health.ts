import { log } from '../../core/log'
import { tenantCount } from '../../identity/tenant/service'
import { deps } from './deps'

export async function isReady(): Promise<boolean> {
  try {
    await tenantCount(deps())
    return true
  } catch (error) {
    log().error({ err: error }, 'the database does not answer')
    return false
  }
}
