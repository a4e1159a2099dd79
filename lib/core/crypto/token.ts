import type { RandomBytes } from '../kernel/random'
import { sha256 } from './digest'
import { toBase64Url } from './encoding'

export const TOKEN_KINDS = [
  'session',
  'attempt',
  'device',
  'setup',
  'invitation',
  'reset',
  'magic',
  'address',
  'undo',
  'cancel',
  'stop',
  'api',
  'report',
] as const
export type TokenKind = (typeof TOKEN_KINDS)[number]

/** 256 random bits as 43 base64url characters (N29). */
export function newToken(random: RandomBytes): string {
  return toBase64Url(random(32))
}

/** What is stored of a token. The kind is part of it, so a token of one kind is never found as another (S22). */
export function hashToken(kind: TokenKind, token: string): string {
  return sha256(`${kind}:${token}`)
}

/**
 * The token that takes the place of this one: the same each time with the same salt, so that an answer that was lost is
 * given again; out of reach for whoever has only one of the two.
 */
export function successorOf(token: string, salt: string): string {
  return sha256(`successor:${salt}:${token}`)
}

/** Tells whether `text` has the form of a token; asked before any look-up. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
