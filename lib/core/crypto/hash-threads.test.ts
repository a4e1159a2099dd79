import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const HASH = `import { argon2id } from './lib/core/crypto/hash-threads.ts'
const options = { memoryCost: 1024, timeCost: 1, parallelism: 1, outputLen: 16, salt: new Uint8Array(16) }
console.log((await argon2id('lantern harbour', options)).length)`

// Only Linux gives threads a priority of their own.
if (process.platform === 'linux') {
  test('X12: a service that was started with a lower priority, and may not raise it, hashes all the same', () => {
    // As root, without the right to raise itself.
    const who = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : []
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', HASH]
    const [command = '', ...args] = [...who, 'nice', '-n', '12', ...node]
    const { stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['16\n', ''])
  })
}
