import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { provideCommand } from '../support/tools'
import { checksApart } from './apart'
import { debian, registryPaths } from './debian'
import { call, packed, root, rootOnly, workFolder } from './product'
import type { Check, Party } from './types'

/**
 * The commands that the operators' guide gives below a heading, a text for each block; one that names a language is
 * none.
 */
export function commandsBelow(heading: string): string[] {
  const guide = readFileSync(join(root, 'docs/operators.md'), 'utf8')
  const section = guide.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
  return blocks.filter(([, language]) => language === '').map(([, , text = '']) => text)
}

/** X12: a new Debian in which the guide's commands are typed, and the service is run as the unit says. */
export const unit: Party = {
  name: 'the unit of systemd',
  provide: () =>
    rootOnly() ??
    provideCommand('mmdebstrap', 'mmdebstrap') ??
    provideCommand('strace', 'strace') ??
    provideCommand('ip', 'iproute2'),
  checks: async (): Promise<readonly Check[]> => {
    const work = workFolder()
    const machine = join(work, 'machine')
    call('cp', ['--archive', debian(), machine])
    call('cp', [packed(), join(machine, 'root')])
    const [install = '', enable = '', command = ''] = commandsBelow('A service of systemd')
    const mounts = registryPaths().map(([from, to]) => {
      const at = join(machine, to)
      return `mkdir -p "$(dirname '${at}')"; [ -d '${from}' ] && mkdir -p '${at}' || touch '${at}'; mount --bind '${from}' '${at}'`
    })
    const script = [
      'set -e',
      ...mounts,
      `mount -t proc proc '${machine}/proc'; mount --bind /dev '${machine}/dev'`,
      `exec chroot '${machine}' env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SYSTEMD_OFFLINE=1 bash -exc 'cd /root; eval "$1"; eval "$2"' - "$1" "$2"`,
    ]
    call('unshare', ['--mount', 'bash', '-c', script.join('\n'), '-', install, enable])
    return checksApart('unit.ts', [machine, command])
  },
}
