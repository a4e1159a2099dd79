import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'

const file = fileURLToPath(new URL('../deploy/twofold.service', import.meta.url))

test('X12: the unit of systemd is exposed by 3 of 10 at most, and nothing in it is unknown', () => {
  const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=30', file])
  expect([rated.status, rated.stdout.toString().split('\n').at(-2)]).toEqual([0, expect.stringContaining('level')])
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file]).stderr.toString()
  const unknown = verified.split('\n').filter((line) => line.includes('twofold.service'))
  // The archive is not installed here.
  expect(unknown.filter((line) => !/Command \/opt\/twofold\/\S+ is not executable/.test(line))).toEqual([])
})
