import { readFileSync } from 'node:fs'
import type { Locale } from '../i18n/locales'

type Tree = { [name: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [[prefix + name, value]] : flatten(value, `${prefix}${name}.`),
  )
}

/** Every text of a language by its key, in the order of the file. */
export function messagesOf(locale: Locale): Map<string, string> {
  const file = new URL(`../i18n/messages/${locale}.json`, import.meta.url)
  return new Map(flatten(JSON.parse(readFileSync(file, 'utf8'))))
}
