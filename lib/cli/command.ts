import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { z } from 'zod'
import type { Config } from '../core/env'
import type { Clock } from '../core/kernel/clock'
import type { Result } from '../core/kernel/result'

/** What a command sees of the process that runs it. */
export interface Io {
  config(): Result<Config, 'wrong_setting', string>
  clock: Clock
  stdin: AsyncIterable<Uint8Array> & { isTTY?: boolean }
  stdout(text: string): void
  stderr(text: string): void
}

/** `report` goes to standard output whatever it says; a refusal is one sentence that says what to do. */
export type CommandOutcome =
  | { kind: 'report'; ok: boolean; lines: readonly string[]; data: Readonly<Record<string, unknown>> }
  | { kind: 'refused'; code: string; message: string }

export function done(lines: readonly string[], data: Readonly<Record<string, unknown>>): CommandOutcome {
  return { kind: 'report', ok: true, lines, data }
}

export function refused(code: string, message: string): CommandOutcome {
  return { kind: 'refused', code, message }
}

/** What was typed is no command: answered with the usage and exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export interface Command {
  /** Its words and options, as typed. */
  usage: string
  about: string
  run(args: readonly string[], io: Io): Promise<{ outcome: CommandOutcome; json: boolean }>
}

type Options = NonNullable<ParseArgsConfig['options']>

/**
 * A command whose options are checked by a schema before it runs. `hints` says, by option, what may be given.
 * A refusal names the option and never the value: somebody may have typed a password there.
 */
export function defineCommand<Schema extends z.ZodType>(definition: {
  usage: string
  about: string
  options: Options
  hints?: Readonly<Record<string, string>>
  schema: Schema
  run: (input: z.output<Schema>, io: Io) => Promise<CommandOutcome>
}): Command {
  const options: Options = { ...definition.options, json: { type: 'boolean' } }
  return {
    usage: definition.usage,
    about: definition.about,
    async run(args, io) {
      const { json, ...values } = parse(args, options)
      const parsed = definition.schema.safeParse(values)
      if (!parsed.success) {
        const name = String(parsed.error.issues[0]?.path[0] ?? '')
        const hint = definition.hints?.[name]
        if (values[name] === undefined) throw new UsageError(`--${name} is missing.`)
        throw new UsageError(`--${name} has a value that cannot be used${hint ? `: give ${hint}` : ''}.`)
      }
      return { outcome: await definition.run(parsed.data, io), json: json === true }
    },
  }
}

function parse(args: readonly string[], options: Options): Record<string, unknown> {
  try {
    const { values, tokens } = parseArgs({ args: [...args], options, strict: true, tokens: true })
    const seen = new Set<string>()
    for (const token of tokens) {
      if (token.kind !== 'option') continue
      if (seen.has(token.name) && !options[token.name]?.multiple)
        throw new UsageError(`--${token.name} is given twice.`)
      seen.add(token.name)
    }
    return { ...values }
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    const name = /^(?:Unknown option|Option) '(?:-\w, )?(--?[a-z][a-z-]*)/.exec(error.message)?.[1]
    throw new UsageError(
      name === undefined
        ? 'There is an extra word: every value follows the name of its option.'
        : error.message.startsWith('Unknown')
          ? `There is no option ${name} here.`
          : `${name} is not given correctly.`,
    )
  }
}
