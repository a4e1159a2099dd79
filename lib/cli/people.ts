import { z } from 'zod'
import { err, ok, type Result } from '../kernel/result'
import { applyMigrations } from '../migrate'
import { MAXIMUM_CODE_POINTS, minimumLength } from '../password/rules'
import { REASON_LENGTH } from '../people/rules'
import { breakGlass } from '../people/service'
import { createUser, firstTenant, type SetUpCode, setUpByCommand, tenantBySlug } from '../tenant/service'
import { normaliseEmail, userTypeOf } from '../user/rules'
import { emailField, nameField } from '../user/schema'
import { ROLES } from '../user/types'
import { defineCommand, done, type Io, type Outcome, refused } from './command'
import { operator, withConfig, withDeps } from './world'

/** What to do about each refusal; every code of the services has a sentence, or this does not compile. */
function sentence(code: SetUpCode, minimum: number): string {
  const sentences: Record<SetUpCode, string> = {
    address_taken: 'Somebody has this email address already: give another one.',
    already_set_up: 'This installation has a tenant already: add people with users create.',
    busy: 'The machine is busy hashing passwords: try again in a few seconds.',
    link_dead: 'The setup link is used, expired or not the newest: restart the server to get a new one.',
    not_an_address: 'This is not an email address that mail can reach: give one such as olga@example.com.',
    password_common: 'This password is easily guessed: choose one that is on no list, such as several unrelated words.',
    password_context: 'This password is made of the name, the address or the company: choose another one.',
    password_too_long: `This password is too long: give at most ${MAXIMUM_CODE_POINTS} characters.`,
    password_too_short: `This password is too short: give at least ${minimum} characters.`,
  }
  return sentences[code]
}

const MOST_BYTES = 64 * 1024

/** The password that standard input holds, without one line end. It never comes from the command line, where other
 * processes and the shell's history see it. */
async function readPassword(stdin: Io['stdin']): Promise<Result<string, 'no_password' | 'terminal' | 'not_text'>> {
  if (stdin.isTTY) return err('terminal')
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stdin) {
    parts.push(part)
    size += part.byteLength
    if (size > MOST_BYTES) return err('not_text')
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
  terminal: 'The password is read from standard input and would be seen on this terminal: pipe it into the command.',
  not_text: 'Standard input is no password: pipe one line of UTF-8 text into the command.',
} as const

const fromStdin = z.literal(true)

export const init = defineCommand({
  usage: 'init --tenant NAME --owner-name NAME --owner-email ADDRESS --password-stdin [--kind customer|partner]',
  about: 'Makes the first tenant and its owner.',
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
    withConfig(io, async (config): Promise<Outcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl })
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
            `Made the ${input.kind} ${input.tenant} (${slug}) and its owner ${input['owner-name']}.`,
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
  about: 'Adds a person to a tenant, the first one unless another is named. Nobody is mailed.',
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
    tenant: 'the slug of a tenant, as in its addresses under /admin',
  },
  schema: z.object({
    email: emailField,
    name: nameField,
    role: z.enum(ROLES),
    'password-stdin': fromStdin,
    tenant: z.string().min(1).optional(),
  }),
  run: (input, io) =>
    withConfig(io, async (config): Promise<Outcome> => {
      const password = await readPassword(io.stdin)
      if (!password.ok) return refused(password.code, INPUT_SENTENCES[password.code])
      await applyMigrations({ url: config.databaseUrl })
      return withDeps(config, async (deps) => {
        const tenant = input.tenant === undefined ? await firstTenant(deps) : await tenantBySlug(deps, input.tenant)
        if (tenant === null) {
          return input.tenant === undefined
            ? refused('no_tenant', 'There is no tenant yet: make the first one with init.')
            : refused('unknown_tenant', 'No tenant has this slug: look at the address of its pages under /admin.')
        }
        const { email, name, role } = input
        const made = await createUser(deps, operator(), tenant, {
          email,
          name,
          role,
          password: password.value,
          locale: null,
        })
        const secondFactorEnforced = tenant.required[userTypeOf(role)]
        if (!made.ok) return refused(made.code, sentence(made.code, minimumLength({ role, secondFactorEnforced })))
        return done([`Added ${name} (${made.value.email}) to ${tenant.name} as ${role}.`], {
          user: { id: made.value.id, email: made.value.email, name, role },
          tenant: { slug: tenant.slug, name: tenant.name },
        })
      })
    }),
})

const BREAK_GLASS = {
  nobody: 'Nobody has this email address: look at the people of the console, or at users create.',
  not_an_owner: 'This is no owner who can sign in: a code for anybody else is made by an owner in the console.',
  busy: 'The machine is busy hashing passwords: try again in a few seconds.',
} as const

/** R8. */
export const breakGlassCommand = defineCommand({
  usage: 'break-glass --email ADDRESS --reason TEXT',
  about: 'Makes a recovery code for an owner who is locked out. Every owner and admin is told by mail.',
  options: { email: { type: 'string' }, reason: { type: 'string' } },
  hints: { email: 'an email address', reason: `why, in 1 to ${REASON_LENGTH} characters` },
  schema: z.object({
    email: emailField,
    reason: z
      .string()
      .trim()
      .min(1)
      .max(REASON_LENGTH)
      .regex(/^\P{Cc}*$/u),
  }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps): Promise<Outcome> => {
        const made = await breakGlass(deps, operator(), input)
        if (!made.ok) return refused(made.code, BREAK_GLASS[made.code])
        const { code, until } = made.value
        return done(
          [
            `Recovery code for ${input.email}: ${code}`,
            `It works once, until ${until.toISOString()}, in place of the passcode. Every owner and admin is told.`,
          ],
          { code, until: until.toISOString() },
        )
      }),
    ),
})
