import '../core/node-version'
import { pathToFileURL } from 'node:url'
import { readProcessConfig } from '../core/env'
import { failureSentence } from '../core/failure'
import { systemClock } from '../core/kernel/clock'
import { auditVerify } from './audit'
import { backup, restore } from './backup'
import { breakGlassCommand } from './break-glass'
import { type Command, type CommandOutcome, type Io, refused, UsageError } from './command'
import { doctor } from './doctor'
import { usersImport } from './import'
import { migrate } from './migrate'
import { init, usersCreate } from './people'
import { auditForget, auditRetention } from './retention'
import { sessionsEnd } from './sessions'
import { why } from './why'

const COMMANDS: Readonly<Record<string, Command>> = {
  init,
  'users create': usersCreate,
  'users import': usersImport,
  'break-glass': breakGlassCommand,
  'sessions end': sessionsEnd,
  'audit verify': auditVerify,
  'audit retention': auditRetention,
  'audit forget': auditForget,
  backup,
  restore,
  why,
  migrate,
  doctor,
}

/** 0: done and nothing found. 1: refused, or something found. 2: what was typed is no command. */
export type ExitCode = 0 | 1 | 2

const CALL = 'npm run twofold --'

function usage(): string {
  const texts = Object.values(COMMANDS).map((command) => `  ${CALL} ${command.usage}\n      ${command.about}\n`)
  return `Commands:\n${texts.join('')}Each takes --json: one JSON object on standard output, and nothing else.\n`
}

/** Runs the command that `args` names. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  if (args.length === 1 && (args[0] === 'help' || args[0] === '--help')) {
    io.stdout(usage())
    return 0
  }
  const words = [2, 1].find((count) => Object.hasOwn(COMMANDS, args.slice(0, count).join(' '))) ?? 0
  const command = COMMANDS[args.slice(0, words).join(' ')]
  if (command === undefined) {
    io.stderr(`${args.length === 0 ? 'Say which command to run.' : 'There is no such command.'}\n\n${usage()}`)
    return 2
  }
  try {
    const { outcome, json } = await command.run(args.slice(words), io)
    return tell(outcome, json, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`${error.message}\n\nUsage: ${CALL} ${command.usage} [--json]\n`)
      return 2
    }
    return tell(refused('failed', failureSentence(error)), args.includes('--json'), io)
  }
}

function tell(outcome: CommandOutcome, json: boolean, io: Io): ExitCode {
  const refusal = outcome.kind === 'refused'
  if (json) {
    const { code, message } = refusal ? outcome : { code: '', message: '' }
    io.stdout(`${JSON.stringify(refusal ? { ok: false, code, message } : { ok: outcome.ok, ...outcome.data })}\n`)
  } else if (refusal) io.stderr(`${outcome.message}\n`)
  else io.stdout(`${outcome.lines.join('\n')}\n`)
  return !refusal && outcome.ok ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2), {
    config: readProcessConfig,
    clock: systemClock,
    stdin: process.stdin,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  })
}
