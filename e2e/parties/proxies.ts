import { provideCommand } from '../support/tools'
import { checksApart } from './apart'
import { installed, rootOnly, workFolder } from './product'
import type { Party } from './types'

function webServer(name: string): Party {
  return {
    name: `${name}, in front of what the archive holds`,
    provide: () =>
      rootOnly() ??
      provideCommand(name, name) ??
      provideCommand('ip', 'iproute2') ??
      provideCommand('openssl', 'openssl'),
    checks: () => checksApart('proxy.ts', [name, installed(), workFolder()]),
  }
}

/** X12: the files in deploy/ for web servers, as they stand. */
export const webServers: readonly Party[] = [webServer('nginx'), webServer('caddy')]
