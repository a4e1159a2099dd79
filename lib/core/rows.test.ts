import { expect, test } from 'vitest'
import { Prisma } from './db'
import { keyOf } from './rows'

test('N41: rows of each table are told apart by a column that it has', () => {
  const columns = (model: string) => Object.keys(Reflect.get(Prisma, `${model}ScalarFieldEnum`) ?? {})
  const models = Object.values(Prisma.ModelName)
  expect(models.length).toBeGreaterThan(30)
  expect(models.filter((model) => !columns(model).includes(keyOf(model)))).toEqual([])
})
