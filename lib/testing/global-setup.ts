import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { generate } from '../../prisma/generate'
import { applyMigrations } from '../core/migrate'
import { startPostgresql } from './postgresql-server'

/** What test databases are made from: migrated, without rows. */
export interface DatabaseTemplates {
  /** Removed after the run. */
  directory: string
  sqliteFile: string
  /** From here others are made and dropped; a plain CREATE DATABASE gives a migrated one. */
  postgresqlUrl: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    databases: DatabaseTemplates
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await generate()
  const server = await startPostgresql()
  try {
    const sqliteFile = join(server.directory, 'template.db')
    await applyMigrations({ url: `file:${sqliteFile}` })
    await applyMigrations({ url: server.url('template1') })
    project.provide('databases', { directory: server.directory, sqliteFile, postgresqlUrl: server.url('postgres') })
    return server.stop
  } catch (error) {
    await server.stop()
    throw error
  }
}
