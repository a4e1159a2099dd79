import { randomBytes } from 'node:crypto'
import { createUser } from '../../lib/administration/new-user/service'
import { toBase32 } from '../../lib/core/crypto/encoding'
import { transact } from '../../lib/core/db'
import type { Deps } from '../../lib/core/deps'
import { makeCodes, replaceCodes } from '../../lib/credentials/recovery/service'
import { type TenantFacts, tenantBySlug } from '../../lib/identity/tenant/service'
import { keepCodes, noteCodesOpen, personById, setTwoFactorOn } from '../../lib/identity/user/service'
import type { Role, UserType } from '../../lib/identity/user/types'
import { setRules } from '../../lib/testing/policy'
import { aFurtherTenant, anOperator, aSession, aTotpFactor, REQUEST } from '../../lib/testing/world'
import { Authenticator } from './authenticator'
import type { Secrets } from './secrets'

export interface Member {
  id: string
  name: string
  email: string
  password: string
  role: Role
}

let companies = 0

export function newPassword(secrets: Secrets): string {
  const password = `lantern harbour ${randomBytes(9).toString('base64url')} violet`
  secrets.add('password', password)
  return password
}

/** One tenant for one test, made by the services; what the test is about, it does in the browser. */
export class Company {
  private constructor(
    readonly stage: Deps,
    private readonly secrets: Secrets,
    readonly tenant: TenantFacts,
    readonly owner: Member,
  ) {}

  static async open(
    stage: Deps,
    secrets: Secrets,
    more: Parameters<typeof aFurtherTenant>[1] & { name?: string; slug?: string } = {},
  ): Promise<Company> {
    companies += 1
    const tenant = await aFurtherTenant(stage, more)
    const slug = more.slug ?? `acme-${process.pid}-${companies}`
    await stage.db.tenant.update({ where: { id: tenant.id }, data: { slug, name: more.name ?? 'Acme' } })
    const renamed = await tenantBySlug(stage, slug)
    if (renamed === null) throw new Error('no tenant')
    const owner = await addMember(stage, secrets, renamed, 'owner', 'Olga Owner')
    return new Company(stage, secrets, renamed, owner)
  }

  get slug(): string {
    return this.tenant.slug
  }

  add(role: Role, name: string): Promise<Member> {
    return addMember(this.stage, this.secrets, this.tenant, role, name)
  }

  /** The requirement as it would stand if it had been saved at this time. */
  async require(types: readonly UserType[], since: Date = this.stage.clock.now()): Promise<void> {
    const rule = (type: UserType) => {
      const required = types.includes(type)
      return { required, requiredSince: required ? since : null }
    }
    await setRules(this.stage.db, this.tenant.id, { team: rule('team'), end: rule('end') })
    const where = { tenantId: this.tenant.id }
    await this.stage.db.policy.update({ where, data: { version: { increment: 1 } } })
  }

  /** An authenticator app with saved codes, as if enrolled long ago. */
  async enrol(member: Member, { byThemself = false } = {}): Promise<{ app: Authenticator; codes: string[] }> {
    const { stage } = this
    const { key } = await aTotpFactor(stage, member.id)
    const found = await personById(stage.db, member.id)
    const made = await makeCodes(stage, member.id)
    if (found === null || !made.ok) throw new Error('no person or no codes')
    await transact(stage, (stage) => replaceCodes(stage, found.person, made.value, { locale: 'en', request: REQUEST }))
    await transact(stage, (stage) => noteCodesOpen(stage.db, member.id, 1))
    await transact(stage, (stage) => keepCodes(stage.db, member.id, 1, stage.clock.now()))
    if (byThemself) await transact(stage, (stage) => setTwoFactorOn(stage.db, member.id, true))
    this.secrets.add('recovery code', ...made.value.codes, ...made.value.codes.map((code) => code.replaceAll('-', '')))
    const uri = `otpauth://totp/Acme:${member.email}?secret=${toBase32(key)}&issuer=Acme`
    return { app: new Authenticator(uri, this.secrets, () => this.rewind(member)), codes: made.value.codes }
  }

  /** The server forgets which time step this person used last: the time of a test is too short for the next ones. */
  async rewind(member: { id: string }): Promise<void> {
    await this.stage.db.factor.updateMany({
      where: { userId: member.id, lastUsedStep: { not: null } },
      data: { lastUsedStep: 1, usedBefore: '' },
    })
  }

  /** A session as a complete sign-in leaves it; gives the token for the cookie. */
  async session(member: Member, more: Parameters<typeof aSession>[2] = {}): Promise<string> {
    const { token } = await aSession(this.stage, member.id, more)
    this.secrets.add('session token', token)
    return token
  }
}

async function addMember(
  stage: Deps,
  secrets: Secrets,
  tenant: TenantFacts,
  role: Role,
  name: string,
): Promise<Member> {
  const password = newPassword(secrets)
  const local = name
    .normalize('NFKD')
    .replace(/[^\w ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')
  const email = `${local}@${tenant.slug}.example`
  const made = await createUser(stage, anOperator(), tenant, { email, name, role, password, locale: null })
  if (!made.ok) throw new Error(made.code)
  return { id: made.value.id, name, email, password, role }
}
