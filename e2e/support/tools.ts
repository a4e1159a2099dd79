import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs of the machine that the tests need, beside Node. */
const PROGRAMS = [
  {
    name: 'a Chromium browser',
    // The headless shell draws the same pages with a third of the processor time.
    commands: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    debian: 'chromium-headless-shell',
  },
  { name: 'zbarimg, which reads QR codes', commands: ['zbarimg'], debian: 'zbar-tools' },
  { name: 'oathtool, which computes passcodes', commands: ['oathtool'], debian: 'oathtool' },
  { name: 'systemd-analyze, which rates the unit', commands: ['systemd-analyze'], debian: 'systemd' },
] as const

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function findCommand(command: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, command)).find(isExecutable) ?? null
}

/** CHROMIUM_PATH, or the first of the usual names on PATH; null when there is none. */
export function findChromium(): string | null {
  const given = process.env.CHROMIUM_PATH
  if (given) return isExecutable(given) ? given : null
  return firstOf(PROGRAMS[0].commands)
}

function firstOf(commands: readonly string[]): string | null {
  return commands.map(findCommand).find((file) => file !== null) ?? null
}

function missing() {
  const [chromium, ...others] = PROGRAMS
  return [
    ...(findChromium() === null ? [chromium] : []),
    ...others.filter((program) => firstOf(program.commands) === null),
  ]
}

/** Installs what is missing where it may, as root on a Debian system; else a sentence that says what to do. */
export function provideTools(): string | null {
  const wanted = missing()
  if (wanted.length === 0) return null
  const packages = [...wanted.map((program) => program.debian), 'fonts-noto-cjk']
  const names = wanted.map((program) => program.name).join('; ')
  const install = installed(packages)
  if (missing().length === 0) return null
  return `The tests need ${names}: install with “${install}” as root, or name a Chromium in CHROMIUM_PATH.`
}

/** Installs packages where it may; gives the command that does. */
function installed(packages: readonly string[]): string {
  const install = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() === 0 && findCommand('apt-get') !== null) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('sh', ['-c', install], { stdio: ['ignore', 'inherit', 'inherit'], env })
  }
  return install
}

/** The same for one command that a Debian package holds. */
export function provideCommand(command: string, debian: string): string | null {
  if (findCommand(command) !== null) return null
  const install = installed([debian])
  return findCommand(command) === null ? `${command} is missing: install it with “${install}” as root.` : null
}
