import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { earlier, hours } from '../../core/kernel/time'
import type { SmsSender } from '../sms/types'
import type { Mailer } from './types'

const KEEP = hours(24)

interface Written {
  channel: 'email' | 'sms'
  id: string
  to: string
  subject: string
  text: string
  html: string
  locale: string
  createdAt: Date
}

/** Messages as files, for trying everything without mail (X5). */
export interface DirectoryTransport {
  mailer: Mailer
  sms: SmsSender
  /** Removes messages made more than 24 hours before `now`, and what a dead process left half written. */
  removeOld(now: Date): Promise<void>
}

/**
 * One JSON file per message in `<dataDir>/outbox/`, readable by this account only. A file appears whole or not at all;
 * a message that comes twice is one file.
 */
export function createDirectoryTransport(dataDir: string): DirectoryTransport {
  const folder = join(dataDir, 'outbox')

  async function write(message: Written): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // The folder may be older than this rule, or the umask looser.
    await chmod(folder, 0o700)
    const name = fileName(message)
    // A folder of its own: two workers may write the same message at once.
    const parts = await mkdtemp(join(folder, `${name}.`))
    try {
      const part = join(parts, name)
      const file = await open(part, 'wx', 0o600)
      try {
        await file.writeFile(contents(message), 'utf8')
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(part, join(folder, name))
    } finally {
      await rm(parts, { recursive: true, force: true })
    }
  }

  async function removeOld(now: Date): Promise<void> {
    const limit = earlier(now, KEEP)
    for (const name of await names(folder)) {
      const time = timeOf(name)
      if (time !== null && time < limit) await rm(join(folder, name), { recursive: true, force: true })
    }
  }

  return {
    mailer: { send: (message) => write({ channel: 'email', ...message }) },
    sms: { send: (message) => write({ channel: 'sms', subject: '', html: '', ...message }) },
    removeOld,
  }
}

/** Read by other programs: exactly these fields (X5). */
function contents(message: Written): string {
  const { channel, to, subject, text, html, locale, createdAt } = message
  const file = { channel, to, subject, text, html, locale, createdAt: createdAt.toISOString() }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Sorts by time, and has no character that a file system could mind. */
function fileName(message: Written): string {
  if (!/^[0-9a-zA-Z-]+$/.test(message.id)) throw new Error('the id of a message is not fit for a file name')
  return `${message.createdAt.toISOString().replace(/[:.]/g, '-')}-${message.id}.json`
}

/** The time in a name that `fileName` made, else null: nothing else in the folder is touched. */
function timeOf(name: string): Date | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)-[0-9a-zA-Z-]+\.json(?:\.\w{6})?$/.exec(name)
  if (match === null) return null
  const time = new Date(`${match[1]}:${match[2]}:${match[3]}.${match[4]}`)
  return Number.isNaN(time.getTime()) ? null : time
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
