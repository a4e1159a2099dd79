import { boot } from '../../core/boot'
import type { Deps } from '../../core/deps'
import { type Config, readProcessConfig } from '../../core/env'
import type { Importer } from '../../job/importer'

const key = Symbol.for('twofold.world')
const shared = globalThis as { [key]?: World }

export interface World {
  deps: Deps
  config: Config
  /** Tells the worker that there may be mail. */
  wake: () => void
  /** Where files of people are read; absent where nothing is served. */
  importer?: Importer
}

export function setWorld(world: World): void {
  shared[key] = world
}

/** One per process, whatever bundle asks; made by the server at its start. */
export function world(): World {
  if (shared[key]) return shared[key]
  const config = readProcessConfig()
  if (!config.ok) throw new Error(config.detail)
  const deps = boot(config.value)
  if (!deps.ok) throw new Error(deps.detail)
  shared[key] = { deps: deps.value, config: config.value, wake: () => undefined }
  return shared[key]
}

export function deps(): Deps {
  return world().deps
}

export function importer(): Importer {
  const { importer } = world()
  if (importer === undefined) throw new Error('files of people are read where pages are served')
  return importer
}
