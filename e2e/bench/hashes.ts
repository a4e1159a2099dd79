import { generateKeyRing, parseKeyRing } from '../../lib/core/crypto/keys'
import { createPasswordHasher } from '../../lib/core/crypto/password-hash'
import { systemRandom } from '../../lib/core/kernel/random'
import { rate } from './figures'

/** In a process of its own: bare argon2id verifications a second, and the processor time of one in milliseconds. */
const [, , at = '8', seconds = '4'] = process.argv
const keys = parseKeyRing(generateKeyRing(systemRandom))
if (!keys.ok) throw new Error('no keys')
const hasher = createPasswordHasher({ keys: keys.value, random: systemRandom })
const stored = await hasher.hash('correct horse battery staple')
if (!stored.ok) throw new Error('busy')
const before = process.cpuUsage()
let done = 0
const perSecond = await rate(Number(at), Number(seconds), async () => {
  await hasher.verify(stored.value, 'correct horse battery staple')
  done += 1
})
const used = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ perSecond, cpu: (used.user + used.system) / 1000 / done }))
