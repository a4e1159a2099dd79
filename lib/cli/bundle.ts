import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

function run(script: string, args: string[], more: Record<string, string>): void {
  const done = spawnSync(process.execPath, [script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...more },
  })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

/** Makes .next and dist. Beside `generate` the one part of the product that needs development dependencies. */
export async function bundle(actionNames: string): Promise<void> {
  run('node_modules/next/dist/bin/next', ['build'], { NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: actionNames })
  rmSync('dist', { recursive: true, force: true })
  await build({
    entryPoints: {
      serve: 'lib/web/server/main.ts',
      twofold: 'lib/cli/main.ts',
      'hash-thread': 'lib/core/crypto/hash-thread.ts',
      'import-thread': 'lib/job/import-thread.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Two files: the first looks at the version of Node before the second is read.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.15',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
}
