import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { earlier, hours, later, minutes } from '../core/kernel/time'
import {
  chainEvents,
  endWalk,
  hashEntry,
  headText,
  nextHead,
  SEAL_MARGIN,
  splitData,
  startWalk,
  walkEntry,
} from './chain/rules'
import { canonicalJson, eventRow } from './rules'
import { AUDIT_KINDS, type ClockNote, type ExpectedHead, type Finding, type Seal, type StoredEvent } from './types'

const start = new Date('2026-11-21T08:00:00.000Z')
const SEALED = later(start, hours(3))
const SALT = () => 'salt'
const NO_DIGESTS = { actorSalt: null, actorDigest: null, subjectSalt: null, subjectDigest: null }

function eventAt(n: number, at = later(start, minutes(n))): StoredEvent {
  const entry = {
    tenantId: 't1',
    kind: 'sign_in_succeeded',
    actor: { kind: 'user', id: `u${n}`, name: `Person ${n}` },
    factorType: 'totp',
    request: { address: '203.0.113.9', userAgent: 'Agent', requestId: `r${n}` },
    data: { n },
  } as const
  return eventRow(entry, `e${n}`, at)
}

function chainOf(count: number): {
  events: (StoredEvent | null)[]
  seals: Seal[]
  head: { seq: number; hash: string }
} {
  const events = Array.from({ length: count }, (_, index) => eventAt(index + 1))
  const seals = chainEvents('t1', null, events, SEALED, SALT)
  const last = seals.at(-1)
  return { events, seals, head: { seq: last?.seq ?? 0, hash: last?.hash ?? '' } }
}

function verify(
  chain: { events: (StoredEvent | null)[]; seals: Seal[]; head: { seq: number; hash: string } | null },
  expected: ExpectedHead | null = null,
): Finding[] {
  const findings: Finding[] = []
  let walk = startWalk('t1', expected)
  chain.seals.forEach((seal) => {
    const event = chain.events.find((each) => each?.id === seal.eventId) ?? null
    const step = walkEntry(walk, seal, event)
    walk = step.walk
    findings.push(...step.findings)
  })
  return [...findings, ...endWalk(walk, chain.head)]
}

/** What somebody with the database, but not the keys, can do: hash an entry anew after changing it. */
function rehash(chain: ReturnType<typeof chainOf>, seq: number): void {
  const seal = chain.seals[seq - 1]
  const event = chain.events[seq - 1]
  if (!seal || !event) throw new Error('no such entry')
  const [anew] = chainEvents('t1', { seq: seq - 1, hash: seal.previous }, [event], seal.sealedAt, SALT)
  if (anew !== undefined) chain.seals[seq - 1] = anew
}

function change(chain: ReturnType<typeof chainOf>, seq: number, data: Partial<StoredEvent>): void {
  const event = chain.events[seq - 1]
  if (!event) throw new Error('no such entry')
  chain.events[seq - 1] = { ...event, ...data }
}

describe('the row of an event', () => {
  test('every kind is named once', () => {
    expect(new Set(AUDIT_KINDS).size).toBe(AUDIT_KINDS.length)
  })

  test('equal data give equal text, whatever the order of the keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}')
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalJson(turned)).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
    expect(() => canonicalJson({ n: Number.NaN })).toThrow('finite')
  })

  test('a text from outside cannot start a line of its own or hold what PostgreSQL refuses, and is cut', () => {
    const row = eventRow(
      {
        tenantId: 't1',
        kind: 'sign_in_failed',
        actor: { kind: 'visitor', name: 'a\r\nb\u0000c\u009bd\ud800' },
        request: { address: null, userAgent: 'x'.repeat(5000), requestId: null },
        data: { typed: 'a\nb\u0000' },
      },
      'e1',
      start,
    )
    expect(row.actorName).toBe('a  b c d\ufffd')
    expect(row.userAgent).toHaveLength(400)
    expect(row.data).toBe('{"typed":"a\\nb\\u0000"}')
    expect(row.address).toBeNull()
  })

  test('every column of the event and its place are in the hash', () => {
    const event = eventAt(1)
    const sealedAs = (of: StoredEvent) => chainEvents('t1', null, [of], SEALED, SALT)[0]
    const place = sealedAs(event)
    if (place === undefined) throw new Error('no seal')
    const hashes = new Set([hashEntry(place, event)])
    const columns = Object.keys(event) as (keyof StoredEvent)[]
    for (const column of columns) {
      const other = column === 'at' ? later(event.at, 1) : 'other'
      hashes.add(sealedAs({ ...event, [column]: other })?.hash ?? '')
    }
    hashes.add(hashEntry({ ...place, seq: 2 }, event))
    hashes.add(hashEntry({ ...place, previous: 'x' }, event))
    hashes.add(hashEntry({ ...place, tenantId: 't2' }, event))
    hashes.add(hashEntry({ ...place, sealedAt: later(SEALED, 1) }, event))
    expect(columns).toHaveLength(14)
    expect(hashes.size).toBe(1 + columns.length + 4)
  })
})

describe('the head', () => {
  test('it reaches to the latest event, never back and never ahead of the clock', () => {
    const events = [eventAt(5), eventAt(3)]
    const seals = chainEvents('t1', null, events, SEALED, SALT)
    const now = later(start, minutes(10))
    expect(nextHead(null, seals, events, 'k1', now)?.through).toEqual(later(start, minutes(5)))
    expect(nextHead({ through: later(start, minutes(8)) }, seals, events, 'k1', now)?.through).toEqual(
      later(start, minutes(8)),
    )
    expect(nextHead(null, seals, events, 'k1', later(start, minutes(4)))?.through).toEqual(later(start, minutes(4)))
    expect(nextHead(null, [], [], 'k1', now)).toBeNull()
  })

  test('its signature covers every field', () => {
    const claim = { tenantId: 't1', seq: 1, hash: 'h', through: start, signedAt: start, keyId: 'k1' }
    const texts = new Set([
      headText(claim),
      headText({ ...claim, tenantId: 't2' }),
      headText({ ...claim, seq: 2 }),
      headText({ ...claim, hash: 'i' }),
      headText({ ...claim, through: later(start, 1) }),
      headText({ ...claim, signedAt: later(start, 1) }),
      headText({ ...claim, keyId: 'k2' }),
    ])
    expect(texts.size).toBe(7)
  })
})

describe('M8: the walk', () => {
  test('an untouched chain gives no finding, and goes on from its head', () => {
    const chain = chainOf(5)
    expect(verify(chain)).toEqual([])
    const more = chainEvents('t1', chain.head, [eventAt(6), eventAt(7)], SEALED, SALT)
    const whole = { events: [...chain.events, eventAt(6), eventAt(7)], seals: [...chain.seals, ...more] }
    expect(verify({ ...whole, head: { seq: 7, hash: more[1]?.hash ?? '' } })).toEqual([])
    expect(more[0]?.previous).toBe(chain.head.hash)
  })

  test('an empty chain without a head gives no finding', () => {
    expect(verify({ events: [], seals: [], head: null })).toEqual([])
  })

  test.each([1, 3, 5])('a changed event is named at place %i', (seq) => {
    const chain = chainOf(5)
    change(chain, seq, { data: '{"n":99}' })
    expect(verify(chain)).toEqual([{ kind: 'changed', seq, eventId: `e${seq}`, at: chain.events[seq - 1]?.at }])
  })

  test('a changed event is named although its own hash was made anew', () => {
    const chain = chainOf(5)
    change(chain, 3, { actorName: 'Nobody' })
    rehash(chain, 3)
    expect(verify(chain)).toEqual([{ kind: 'changed', seq: 3, eventId: 'e3', at: chain.events[2]?.at }])
  })

  test('the last entry changed and hashed anew does not fit the signed head', () => {
    const chain = chainOf(5)
    change(chain, 5, { actorName: 'Nobody' })
    rehash(chain, 5)
    expect(verify(chain)).toEqual([{ kind: 'rewritten', seq: 5, eventId: 'e5', at: chain.events[4]?.at }])
  })

  test('a whole end hashed anew does not fit the signed head', () => {
    const chain = chainOf(5)
    change(chain, 3, { actorName: 'Nobody' })
    const events = chain.events.filter((event) => event !== null)
    const seals = chainEvents('t1', null, events, SEALED, SALT)
    expect(verify({ events, seals, head: chain.head }).map(({ kind }) => kind)).toEqual(['rewritten'])
  })

  test('a changed hash column or link names its entry and no other', () => {
    const hash = chainOf(5)
    if (hash.seals[2]) hash.seals[2] = { ...hash.seals[2], hash: 'x' }
    expect(verify(hash).map(({ kind, seq }) => [kind, seq])).toEqual([['changed', 3]])
    const link = chainOf(5)
    if (link.seals[2]) link.seals[2] = { ...link.seals[2], previous: 'x' }
    expect(verify(link).map(({ kind, seq }) => [kind, seq])).toEqual([['changed', 3]])
    const first = chainOf(5)
    if (first.seals[0]) first.seals[0] = { ...first.seals[0], previous: 'x' }
    rehash(first, 1)
    expect(verify(first).map(({ kind, seq }) => [kind, seq])).toContainEqual(['changed', 1])
  })

  test('an event that is gone is named by place and id', () => {
    const chain = chainOf(5)
    chain.events[1] = null
    expect(verify(chain)).toEqual([{ kind: 'removed', seq: 2, eventId: 'e2' }])
  })

  test('entries gone with their seals are named by place, one or a span', () => {
    const chain = chainOf(6)
    expect(verify({ ...chain, seals: chain.seals.filter(({ seq }) => seq !== 3) })).toEqual([
      { kind: 'removed', seq: 3 },
    ])
    expect(verify({ ...chain, seals: chain.seals.filter(({ seq }) => seq < 2 || seq > 4) })).toEqual([
      { kind: 'removed', seq: 2, lastSeq: 4 },
    ])
    expect(verify({ ...chain, seals: chain.seals.slice(1) })).toEqual([{ kind: 'removed', seq: 1 }])
  })

  test('a removed entry is not hidden by moving the others up', () => {
    const chain = chainOf(5)
    const seals = chain.seals.filter(({ seq }) => seq !== 2).map((seal, index) => ({ ...seal, seq: index + 1 }))
    const kinds = new Set(verify({ ...chain, seals }).map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(['changed', 'cut_off']))
  })

  test('a cut-off end is named from the first missing place to the signed one', () => {
    const chain = chainOf(5)
    expect(verify({ ...chain, seals: chain.seals.slice(0, 3) })).toEqual([{ kind: 'cut_off', seq: 4, lastSeq: 5 }])
    expect(verify({ ...chain, seals: [] })).toEqual([{ kind: 'cut_off', seq: 1, lastSeq: 5 }])
  })

  test('a seal before the first place hides nothing', () => {
    const chain = chainOf(2)
    const [hidden] = chainEvents('t1', { seq: -1, hash: '' }, [eventAt(9)], SEALED, SALT)
    if (!hidden) throw new Error('no seal')
    const events = [...chain.events, eventAt(9)]
    expect(verify({ ...chain, events, seals: [hidden, ...chain.seals] })).toEqual([
      { kind: 'inserted', seq: 0, eventId: 'e9', at: eventAt(9).at },
    ])
  })

  test('an event sealed more than the margin after its time is named as inserted, at the margin not yet', () => {
    const events = [eventAt(1), eventAt(2), eventAt(3, earlier(eventAt(2).at, SEAL_MARGIN))]
    const seals = chainEvents('t1', null, events, SEALED, SALT)
    const head = { seq: 3, hash: seals[2]?.hash ?? '' }
    expect(verify({ events, seals, head })).toEqual([])
    const late = [eventAt(1), eventAt(2), eventAt(3, earlier(eventAt(2).at, SEAL_MARGIN + 1))]
    const lateSeals = chainEvents('t1', null, late, SEALED, SALT)
    expect(verify({ events: late, seals: lateSeals, head: { seq: 3, hash: lateSeals[2]?.hash ?? '' } })).toEqual([
      { kind: 'inserted', seq: 3, eventId: 'e3', at: late[2]?.at },
    ])
  })

  /** Batches as they were sealed, one after the other, each at a time of the sealer's clock. */
  function sealed(batches: readonly { at: Date; events: readonly StoredEvent[] }[]) {
    const seals: Seal[] = []
    for (const { at, events } of batches) seals.push(...chainEvents('t1', seals.at(-1) ?? null, events, at, SALT))
    const [events, last] = [batches.flatMap((batch) => batch.events), seals.at(-1)]
    return { events, seals, head: { seq: last?.seq ?? 0, hash: last?.hash ?? '' } }
  }

  function notesOf({ seals, events }: ReturnType<typeof sealed>): ClockNote[] {
    let walk = startWalk('t1', null)
    return seals.flatMap((seal) => {
      const step = walkEntry(walk, seal, events.find((each) => each.id === seal.eventId) ?? null)
      walk = step.walk
      return step.notes
    })
  }

  const ahead = (n: number) => later(start, hours(2) + minutes(n))
  const right = (n: number) => later(start, minutes(n))

  /** The whole server is two hours ahead for a minute. */
  const jumped = () =>
    sealed([
      { at: right(1), events: [eventAt(1)] },
      { at: ahead(2), events: [eventAt(2, ahead(2))] },
      { at: right(3), events: [eventAt(3)] },
      { at: right(90), events: [eventAt(4), eventAt(90)] },
    ])

  test('N40: a clock two hours ahead for a minute makes no honest entry tampering, and is said where it was', () => {
    expect(verify(jumped())).toEqual([])
    expect(notesOf(jumped())).toEqual([{ kind: 'clock_back', seq: 3, from: ahead(2), to: right(3) }])
  })

  test('N40: nor does an instance whose clock is ahead beside a sealer whose clock is right', () => {
    const chain = sealed([
      { at: right(1), events: [eventAt(1)] },
      { at: right(2), events: [eventAt(2, ahead(2)), eventAt(3, ahead(3))] },
      { at: right(5), events: [eventAt(4), eventAt(5)] },
    ])
    expect(verify(chain)).toEqual([])
    expect(notesOf(chain)).toEqual([{ kind: 'clock_ahead', seq: 2, from: ahead(2), to: right(2) }])
  })

  test('N40: clocks that differ by seconds are not worth a word', () => {
    const chain = sealed([
      { at: right(1), events: [eventAt(1)] },
      { at: earlier(right(1), 30_000), events: [eventAt(2, later(right(1), 30_000))] },
    ])
    expect(verify(chain)).toEqual([])
    expect(notesOf(chain)).toEqual([])
  })

  test('N40, M8: after a jump an entry of long before it is still named, and a changed time of sealing is', () => {
    const late = sealed([
      { at: ahead(2), events: [eventAt(2, ahead(2))] },
      { at: right(3), events: [eventAt(3), eventAt(9, earlier(right(3), SEAL_MARGIN + 1))] },
      { at: right(4), events: [eventAt(8, earlier(right(3), SEAL_MARGIN + 1))] },
    ])
    expect(verify(late).map(({ kind, seq }) => [kind, seq])).toEqual([
      ['inserted', 3],
      ['inserted', 4],
    ])
    for (const seq of [1, 2, 3, 4, 5]) {
      const chain = jumped()
      const seal = chain.seals[seq - 1]
      if (seal) chain.seals[seq - 1] = { ...seal, sealedAt: right(50) }
      expect(verify(chain)).toContainEqual(expect.objectContaining({ kind: 'changed', seq }))
    }
  })

  test.each(['first', 'second'] as const)(
    'M8: entries of the %s form are intact, and are followed by others',
    (form) => {
      const events = [eventAt(1), eventAt(2)]
      const seals: Seal[] = []
      for (const [index, event] of events.entries()) {
        const place = {
          tenantId: 't1',
          seq: index + 1,
          previous: seals.at(-1)?.hash ?? '',
          sealedAt: SEALED,
          ...NO_DIGESTS,
        }
        seals.push({ ...place, eventId: event.id, hash: hashEntry(place, event, form) })
      }
      seals.push(...chainEvents('t1', seals[1] ?? null, [eventAt(3)], SEALED, SALT))
      const chain = { events: [...events, eventAt(3)], seals, head: { seq: 3, hash: seals[2]?.hash ?? '' } }
      expect(verify(chain)).toEqual([])
      expect(verify({ ...chain, events: [events[0] ?? null, eventAt(2, right(7)), eventAt(3)] })).toEqual([
        expect.objectContaining({ kind: 'changed', seq: 2 }),
      ])
    },
  )

  test('a head noted outside shows what a whole chain put back or written anew hides', () => {
    const chain = chainOf(5)
    const noted = { tenantId: 't1', seq: 5, hash: chain.head.hash }
    expect(verify(chain, noted)).toEqual([])
    const older = chainOf(3)
    expect(verify(older, noted)).toEqual([{ kind: 'cut_off', seq: 4, lastSeq: 5 }])
    expect(verify(chain, { ...noted, seq: 2, hash: 'other' }).map(({ kind, seq }) => [kind, seq])).toEqual([
      ['rewritten', 2],
    ])
    expect(verify({ events: [], seals: [], head: null }, noted)).toEqual([{ kind: 'cut_off', seq: 1, lastSeq: 5 }])
  })

  test('property: whatever one entry is changed, removed or swapped, something is found', () => {
    const size = 8
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: size }),
        fc.integer({ min: 1, max: size }),
        fc.constantFrom('change', 'rehash', 'drop event', 'drop both', 'swap'),
        (seq, other, act) => {
          const chain = chainOf(size)
          if (act === 'change' || act === 'rehash') change(chain, seq, { kind: 'sign_in_failed' })
          if (act === 'rehash') rehash(chain, seq)
          if (act === 'drop event') chain.events[seq - 1] = null
          if (act === 'drop both') chain.seals.splice(seq - 1, 1)
          if (act === 'swap') {
            if (seq === other) return
            const [a, b] = [chain.seals[seq - 1], chain.seals[other - 1]]
            if (!a || !b) throw new Error('no such entry')
            chain.seals[seq - 1] = { ...a, eventId: b.eventId }
            chain.seals[other - 1] = { ...b, eventId: a.eventId }
          }
          expect(verify(chain).length).toBeGreaterThan(0)
        },
      ),
    )
  })
})

describe('M8: what is personal stands in digests with a salt, beside the hash', () => {
  const entry = {
    tenantId: 't1',
    kind: 'address_changed',
    actor: { kind: 'user', id: 'u1', name: 'Olga' },
    subject: { id: 'u2', name: 'Ann' },
    request: { address: '203.0.113.9', userAgent: 'Agent', requestId: 'r1' },
    data: { reason: 'asked', from: 'a…@x', to: 'b…@x', codes: 2 },
  } as const
  const event = eventRow(entry, 'e1', start)
  const sealed = () => {
    const [seal] = chainEvents('t1', null, [event], SEALED, SALT)
    if (seal === undefined) throw new Error('no seal')
    return seal
  }
  const judge = (seal: Seal, row: StoredEvent) => walkEntry(startWalk('t1', null), seal, row).findings

  test('of the data the personal part is set apart, and only of data as it was written', () => {
    expect(splitData(event.data)).toEqual({
      personal: '{"from":"a…@x","reason":"asked","to":"b…@x"}',
      others: '{"codes":2}',
    })
    for (const data of ['broken', '[1]', 'null', '{ "reason": "x" }', '{"reason":"x","reason":"y"}'])
      expect(splitData(data)).toEqual({ personal: '{}', others: data })
  })

  test('either side can be blanked once its salt is gone, and the entry is intact', () => {
    const seal = sealed()
    const actor = { ...event, actorName: null, address: null, userAgent: null }
    const subject = { ...event, subjectName: null, data: splitData(event.data).others }
    expect(judge(seal, event)).toEqual([])
    expect(judge({ ...seal, actorSalt: null }, actor)).toEqual([])
    expect(judge({ ...seal, subjectSalt: null }, subject)).toEqual([])
    const both = { ...actor, subjectName: null, data: subject.data }
    expect(walkEntry(startWalk('t1', null), { ...seal, actorSalt: null, subjectSalt: null }, both)).toMatchObject({
      findings: [],
      walk: { blanked: 1, entries: 1 },
    })
  })

  test.each<[string, Partial<Seal>, Partial<StoredEvent>]>([
    ['a name is gone and its salt is there', {}, { actorName: null }],
    ['another name', {}, { subjectName: 'Eve' }],
    ['another reason', {}, { data: event.data.replace('asked', 'other') }],
    ['blanked in part', { actorSalt: null }, { actorName: null, address: null }],
    ['a name after it was blanked', { subjectSalt: null }, { subjectName: 'Eve', data: '{"codes":2}' }],
    ['a reason after it was blanked', { subjectSalt: null }, { subjectName: null, data: '{"codes":2,"reason":"x"}' }],
    ['what is not personal', { subjectSalt: null }, { subjectName: null, data: '{"codes":3}' }],
    ['what is not personal, unblanked', {}, { data: event.data.replace('2', '3') }],
    ['another salt', { actorSalt: 'other' }, {}],
    ['no digests', NO_DIGESTS, {}],
  ])('changed: %s', (_, seal, row) => {
    expect(judge({ ...sealed(), ...seal }, { ...event, ...row })).toMatchObject([{ kind: 'changed', seq: 1 }])
  })
})
