import { parentPort, workerData } from 'node:worker_threads'
import { readFileAgain, receiveFile } from '../administration/import/check/service'
import { MAX_BYTES } from '../administration/import/rules'
import { bringIn } from '../administration/import/work/service'
import { boot } from '../core/boot'
import { closeDb } from '../core/db'
import type { Deps } from '../core/deps'
import { hasFewParts } from '../core/kernel/multipart'
import { err } from '../core/kernel/result'
import { localeOf } from '../i18n/locales'
import { translator } from '../i18n/translate'
import { confirmed } from './confirmed'
import type { CheckedFile, ImportOrder, ImportTask } from './importer'

const { config, task }: ImportOrder = workerData
const port = parentPort
if (port === null) throw new Error('this is no thread')

const appNameIn = (locale: string) => translator(localeOf(locale) ?? 'en')('factor.totp')

let stopped = false
port.once('message', () => {
  stopped = true
})

/** The file, the box beside it, and what a browser may add. */
const MAX_FIELDS = 8

async function check(deps: Deps, { actor, type, form }: Extract<ImportTask, { kind: 'check' }>): Promise<CheckedFile> {
  const isForm = hasFewParts(type, Buffer.from(form), MAX_FIELDS)
  const fields = !isForm
    ? null
    : await new Response(form, { headers: { 'content-type': type } }).formData().catch(() => null)
  const file = fields?.get('file')
  if (!(file instanceof File) || file.size === 0) return err('refused', { problem: 'no_file', row: null })
  if (file.size > MAX_BYTES) return err('refused', { problem: 'too_large', row: null })
  const invite = fields?.get('invite') === 'on'
  return receiveFile(deps, actor, { name: fileNameOf(file), open: () => file.stream(), invite })
}

function fileNameOf({ name }: File): string {
  return name.replace(/[\p{C}\p{Bidi_Control}]/gu, '').slice(0, 100)
}

async function work(deps: Deps): Promise<CheckedFile | null> {
  if (task.kind === 'check') return check(deps, task)
  if (task.kind === 'again') return readFileAgain(deps, task.actor, task.id, task.wishes)
  while (!stopped && (await bringIn(deps, () => stopped, appNameIn, confirmed)));
  return null
}

const deps = boot(config)
if (!deps.ok) throw new Error(deps.detail)
try {
  port.postMessage(await work(deps.value))
} finally {
  await closeDb(deps.value.db)
  port.close()
}
