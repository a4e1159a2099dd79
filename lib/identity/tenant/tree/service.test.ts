import { describe, expect, test } from 'vitest'
import type { Db } from '../../../core/db'
import { eachDatabase } from '../../../testing/databases'
import { observed } from '../../../testing/observed'
import { aFurtherTenant, quickWorld } from '../../../testing/world'
import { ancestorsOf, descendantsOf } from './service'

eachDatabase('the tree of tenants', (open) => {
  const partner = (db: Db, parentId?: string) =>
    aFurtherTenant(quickWorld(db), { kind: 'partner', ...(parentId === undefined ? {} : { parentId }) })

  async function aLine(db: Db, length: number): Promise<string[]> {
    const ids: string[] = []
    while (ids.length < length) ids.push((await partner(db, ids.at(-1))).id)
    return ids
  }

  describe('who is above', () => {
    test('S15: nearest first, at any depth, by one statement', async () => {
      const db = open()
      const line = await aLine(db, 12)
      const statements: string[] = []
      const watched = observed(db, (statement) => void statements.push(statement))
      expect(await ancestorsOf(watched, line[11] ?? '')).toEqual(line.slice(0, 11).reverse())
      expect(statements).toHaveLength(1)
      expect(await ancestorsOf(db, line[0] ?? '')).toEqual([])
    })
  })

  describe('who is below', () => {
    test('T6: everybody at any depth, and nobody of a sibling, of whoever is above, or of another root', async () => {
      const db = open()
      const [root = '', child = '', grandchild = ''] = await aLine(db, 3)
      const sibling = (await partner(db, root)).id
      const nephew = (await partner(db, sibling)).id
      await aLine(db, 2)
      expect(await descendantsOf(db, root)).toEqual([child, grandchild, sibling, nephew].sort())
      expect(await descendantsOf(db, child)).toEqual([grandchild])
      expect(await descendantsOf(db, grandchild)).toEqual([])
    })

    test('of sixteen made at once below one another’s parents, none is missing', async () => {
      const db = open()
      const [root = '', child = ''] = await aLine(db, 2)
      const made = await Promise.all(Array.from({ length: 16 }, (_, n) => partner(db, n % 2 === 0 ? root : child)))
      const below = await descendantsOf(db, root)
      for (const { id } of made) expect(below).toContain(id)
      expect(below).toHaveLength(17)
    })
  })
})
