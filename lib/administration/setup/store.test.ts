import { expect, test } from 'vitest'
import { isUniqueViolation, transact } from '../../core/db'
import { eachDatabase } from '../../testing/databases'
import { deleteSetupLinks, insertSetupLink, insertSetupMark } from './store'

eachDatabase('setup mark', (open) => {
  test('the mark of a first tenant outlives the deleting of links, so a second set-up always meets it', async () => {
    const now = new Date('2026-11-20T09:00:00.000Z')
    await insertSetupLink(open(), { id: 'link', tokenHash: 'hash', createdAt: now, expiresAt: now })
    await insertSetupMark(open(), now)
    // The order of a set-up that counted no tenant a moment before the first one was there.
    const second = transact({ db: open() }, async ({ db }) => {
      await deleteSetupLinks(db)
      await insertSetupMark(db, now)
    })
    await expect(second).rejects.toSatisfy(isUniqueViolation)
    await deleteSetupLinks(open())
    expect(await open().setupLink.findMany({ select: { id: true } })).toEqual([{ id: 'first-tenant' }])
  })
})
