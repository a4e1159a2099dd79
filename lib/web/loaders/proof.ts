import { viewProof } from '../../administration/proof/service'
import { deps } from '../server/deps'
import { consolePage, type LoadedPage } from './frame'

/** Security > Proof (X11), for whoever may have reports. */
export const loadProof = consolePage(async (actor) => {
  return { proof: await viewProof(deps(), actor) }
})

export type ProofPageView = LoadedPage<typeof loadProof>
