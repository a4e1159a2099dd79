import { z } from 'zod'
import { whyOf } from '../coverage/service'
import type { Coverage, Path, Rule, TraceStep } from '../coverage/types'
import { emailField } from '../identity/user/schema'
import { defineCommand, done, refused } from './command'
import { operator, withConfig, withDeps } from './world'

const PATHS: Readonly<Record<Path, string>> = {
  asked: 'Is asked for a second factor at the next sign-in',
  replace: 'Must set up another second factor at the next sign-in: none of the present ones is allowed',
  enrol: 'Must set up 2FA at the next sign-in',
  put_off: 'Is led to set up 2FA at the next sign-in, and can still put it off',
  let_in: 'Is not asked for a second factor',
  barred: 'Cannot sign in on any page',
}

function because({ rule, tenant, partner, since, until, deadline }: Coverage): string {
  const name = partner?.name ?? tenant?.name ?? 'another company'
  const rules: Readonly<Record<Rule, string>> = {
    required:
      tenant === null
        ? 'their settings cannot be read, so the strictest ones apply'
        : since === null
          ? `${name} requires it`
          : `${name} has required it since ${since.toISOString()}`,
    own_choice: 'they turned 2FA on for themselves',
    exempted: `${name} exempted them until ${until?.toISOString() ?? 'now'}`,
    deadline: `${name} requires it and lets people put it off until ${deadline?.toISOString() ?? 'now'}`,
    not_required: 'no one requires it of them, and they did not turn it on',
    suspended: 'they are suspended',
    service_account: `it is a service account${until === null ? '' : ` until ${until.toISOString()}`}, which 2FA does not cover`,
  }
  return rules[rule]
}

const TYPES = { team: 'team members', end: 'end users' } as const

/** Of a partner above, where it is no setting of the company itself (T5). */
function whoseRule({ tenant, partner }: { tenant: { name: string }; partner?: { name: string } }): string {
  return partner === undefined ? tenant.name : `${partner.name}, above ${tenant.name},`
}

function stepLine(step: TraceStep): string {
  const says = (): string => {
    switch (step.setting) {
      case 'required':
        return `${whoseRule(step)} requires 2FA for ${TYPES[step.userType]}`
      case 'not_required':
        return `${step.tenant.name} does not require 2FA for ${TYPES[step.userType]}`
      case 'kinds':
        return `${whoseRule(step)} allows for ${TYPES[step.userType]}: ${step.kinds.join(', ') || 'no kind'}`
      case 'deadline':
        return `${whoseRule(step)} lets ${TYPES[step.userType]} put off the setup until ${step.until.toISOString()}`
      case 'more_time':
        return `${step.tenant.name} lets this person put off the setup until ${step.until.toISOString()}`
      case 'exempted':
        return `${step.tenant.name} exempts this person until ${step.until.toISOString()}`
      case 'own_choice':
        return 'the person turned 2FA on'
      case 'no_choice':
        return 'the person did not turn 2FA on'
      case 'factors':
        return `second factors of the person: ${step.kinds.join(', ') || 'none'}`
    }
  }
  return `  ${step.decides ? '*' : '-'} ${says()}`
}

/** The rule that decides a person's next sign-in, and those that decided the last (M9). */
export const why = defineCommand({
  usage: 'why --email ADDRESS',
  about: 'Says what happens at a person’s next sign-in and which setting decides it, and what decided the last ones.',
  options: { email: { type: 'string' } },
  hints: { email: 'an email address' },
  schema: z.object({ email: emailField }),
  run: (input, io) =>
    withConfig(io, (config) =>
      withDeps(config, async (deps) => {
        const found = await whyOf(deps, operator(), input.email)
        if (found === null) return refused('nobody', 'No one has this email: look at the users in the console.')
        const { coverage, trace, signIns, person } = found
        return done(
          [
            `${person.name} (${person.email})`,
            `${PATHS[coverage.path]}, because ${because(coverage)}.`,
            'Settings considered (* decides):',
            ...trace.map(stepLine),
            signIns.length === 0 ? 'No sign-in yet.' : 'Last sign-ins:',
            ...signIns.map(
              ({ at, decision, rule, level }) =>
                `  ${at.toISOString()}: ${decision ?? 'unknown'} (${rule ?? '-'}, ${level ?? '-'})`,
            ),
          ],
          { person, coverage, trace, signIns },
        )
      }),
    ),
})
