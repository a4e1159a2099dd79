import { z } from 'zod'
import { createUser } from '../administration/new-user/service'
import { type SetUpCode, setUpByCommand } from '../administration/setup/service'
import type { Deps } from '../core/deps'
import { err, ok, type Result } from '../core/kernel/result'
import { applyMigrations } from '../core/migrate'
import { MAXIMUM_CODE_POINTS, minimumLength } from '../credentials/password/rules'
import { requiredOf } from '../identity/policy/service'
import { firstTenant, type TenantFacts, tenantBySlug } from '../identity/tenant/service'
import { normaliseEmail, userTypeOf } from '../identity/user/rules'
import { emailField, nameField } from '../identity/user/schema'
import { ROLES } from '../identity/user/types'
import { type CommandOutcome, defineCommand, done, type Io, refused } from './command'
import { operator, withConfig, withDeps } from './world'

/** What to do about each refusal; every code of the services has a sentence, or this does not compile. */
function sentence(code: SetUpCode, minimum: number): string {
  const sentences: Record<SetUpCode, string> = {
    address_held:
      'This email belonged to someone else until a few days ago, who may still take it back: give another one.',
    address_taken: 'This email is already in use: give another one.',
    already_set_up: 'This installation already has a tenant: add people with users create.',
    busy: 'The machine is busy hashing passwords: try again in a few seconds.',
    link_dead: 'The setup link was used, has expired, or was replaced: restart the server to get a new one.',
    not_an_address: 'This is not an email address that can be reached: give one such as olga@example.com.',
    password_breached: 'This password is known from a data breach: choose one that was never used before.',
    password_common: 'This password is easy to guess: choose one that is on no list, such as several unrelated words.',
    password_context: 'This password is based on the name, the email, or the company: choose another one.',
    password_too_long: `This password is too long: give at most ${MAXIMUM_CODE_POINTS} characters.`,
    password_too_short: `This password is too short: give at least ${minimum} characters.`,
  }
  return sentences[code]
}

const MAX_BYTES = 64 * 1024

/** The password that standard input holds, without one line end. It never comes from the command line, where other
 * processes and the shell's history see it. */
async function readPassword(stdin: Io['stdin']): Promise<Result<string, 'no_password' | 'terminal' | 'not_text'>> {
  if (stdin.isTTY) return err('terminal')
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stdin) {
    parts.push(part)
    size += part.byteLength
    if (size > MAX_BYTES) return err('not_text')
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
    const password = text.replace(/\r?\n$/, '')
    return password === '' ? err('no_password') : ok(password)
  } catch {
    return err('not_text')
  }
}

const INPUT_SENTENCES = {
  no_password: 'There is no password on standard input: pipe it into the command.',
  terminal: 'The password is read from standard input and would be visible here: pipe it into the command.',
  not_text: 'Standard input is not a password: pipe one line of UTF-8 text into the command.',
} as const

const fromStdin = z.literal(true)

export const init = defineCommand({
  usage: 'init --tenant NAME --owner-name NAME --owner-email ADDRESS --password-stdin [--kind customer|partner]',
  about: 'Creates the first tenant and its owner.',
  options: {
    tenant: { type: 'string' },
    'owner-name': { type: 'string' },
    'owner-email': { type: 'string' },
    'password-stdin': { type: 'boolean' },
    kind: { type: 'string' },
  },
  hints: {
    tenant: '1 to 100 characters',
    'owner-name': '1 to 100 characters',
    'owner-email': 'an email address',
    kind: 'customer or partner',
  },
  schema: z.object({
    tenant: nameField,
    'owner-name': nameField,
    'owner-email': emailField,
    'password-stdin': fromStdin,
    kind: z.enum(['customer', 'partner']).default('customer'),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl, onWait: (line) => io.stderr(`${line}\n`) })
      return withDeps(config, async (deps) => {
        const made = await setUpByCommand(deps, operator(), {
          tenantName: input.tenant,
          kind: input.kind,
          owner: { name: input['owner-name'], email: input['owner-email'], password: password.value, locale: null },
        })
        const minimum = minimumLength({ role: 'owner', secondFactorEnforced: false })
        if (!made.ok) return refused(made.code, sentence(made.code, minimum))
        const { slug, ownerId } = made.value
        const email = normaliseEmail(input['owner-email'])
        const signIn = `${config.publicUrl}/sign-in`
        return done(
          [
            `Created the ${input.kind} ${input.tenant} (${slug}) and its owner ${input['owner-name']}.`,
            `Sign in at ${signIn}`,
          ],
          {
            tenant: { slug, name: input.tenant, kind: input.kind },
            owner: { id: ownerId, email: email.ok ? email.value : null },
            signIn,
          },
        )
      })
    }),
})

export const usersCreate = defineCommand({
  usage: `users create --email ADDRESS --name NAME --role ${ROLES.join('|')} --password-stdin [--tenant SLUG]`,
  about: 'Adds a person to a tenant, the first one unless another is named. No email is sent.',
  options: {
    email: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    'password-stdin': { type: 'boolean' },
    tenant: { type: 'string' },
  },
  hints: {
    email: 'an email address',
    name: '1 to 100 characters',
    role: ROLES.join(', '),
    tenant: 'the slug of a tenant, as in the URLs of its pages under /admin',
  },
  schema: z.object({
    email: emailField,
    name: nameField,
    role: z.enum(ROLES),
    'password-stdin': fromStdin,
    tenant: z.string().min(1).optional(),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<CommandOutcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl, onWait: (line) => io.stderr(`${line}\n`) })
      return withDeps(config, async (deps) => {
        const tenant = await namedTenant(deps, input.tenant)
        if ('outcome' in tenant) return tenant.outcome
        const { email, name, role } = input
        const made = await createUser(deps, operator(), tenant, {
          email,
          name,
          role,
          password: password.value,
          locale: null,
        })
        const secondFactorEnforced = (await requiredOf(deps.db, tenant.id))[userTypeOf(role)]
        if (!made.ok) return refused(made.code, sentence(made.code, minimumLength({ role, secondFactorEnforced })))
        return done([`Added ${name} (${made.value.email}) to ${tenant.name} as ${role}.`], {
          user: { id: made.value.id, email: made.value.email, name, role },
          tenant: { slug: tenant.slug, name: tenant.name },
        })
      })
    }),
})

export async function namedTenant(
  deps: Pick<Deps, 'db'>,
  slug: string | undefined,
): Promise<TenantFacts | { outcome: CommandOutcome }> {
  const tenant = slug === undefined ? await firstTenant(deps) : await tenantBySlug(deps, slug)
  if (tenant !== null) return tenant
  return {
    outcome:
      slug === undefined
        ? refused('no_tenant', 'There is no tenant yet: create the first one with init.')
        : refused('unknown_tenant', 'No tenant has this slug: look at the URL of its pages under /admin.'),
  }
}
