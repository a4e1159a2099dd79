import { access, constants, stat } from 'node:fs/promises'

/** The permissions of a file or folder that others than its owner have, such as `044`; null without any. */
export async function opennessOf(path: string): Promise<string | null> {
  const others = (await stat(path)).mode & 0o077
  return others === 0 ? null : others.toString(8).padStart(3, '0')
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

export async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}
