// Tokens that should get nobody anywhere: forged, changed, of other keys and other times.
import { createHmac } from 'node:crypto'
import { TEST_SECRET } from './http-client.ts'

interface Forgery {
  readonly header?: object
  /** Instead of, or beside, what is right; undefined leaves a claim out. */
  readonly claims?: object
  readonly secret?: string
  readonly signature?: string
}

/** A token of an admin, right but for what is given. */
export function forge({ header = {}, claims = {}, secret = TEST_SECRET, signature }: Forgery = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const right = { role: 'admin', sub: 'mallory', iss: 'frontrow', aud: 'frontrow', iat: now, exp: now + 3_600 }
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ ...right, ...claims })}`
  return `${text}.${signature ?? createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** `token` with `claims` written over its own, and its old signature. */
export function edited(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.')
  const own = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return `${header}.${encode({ ...own, ...claims })}.${signature}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
