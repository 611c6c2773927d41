// Tokens: cut, changed, signed with our own secret over claims that nobody should make, and signed by others.
import { createHmac } from 'node:crypto'
import type { Random } from '../../../bench/random.ts'
import { createAuth } from '../../../gateway/auth.ts'
import { ROLES } from '../../../gateway/roles.ts'
import { TEST_SECRET } from '../../support/http-client.ts'
import { NOON } from '../../support/small-show.ts'
import { ACCEPTED, bytesOf, insist, type Target, textOf } from '../fuzz-target.ts'
import { mutateBytes, pick } from '../mutate-bytes.ts'
import { mutateJson } from '../mutate-json.ts'

const auth = createAuth(Buffer.from(TEST_SECRET), () => NOON)
const HEADERS = [
  { alg: 'none' },
  { alg: 'HS512', typ: 'JWT' },
  { alg: 'hs256' },
  { alg: 'HS256', crit: ['exp'], exp: 1 },
  { alg: 'HS256', b64: false, crit: ['b64'] },
  { alg: 'HS256', zip: 'DEF' },
  { alg: 'HS256', kid: '../../secret', jku: 'http://127.0.0.1/keys', jwk: { kty: 'oct', k: '' } },
  { alg: 'RS256', enc: 'A128GCM' }
]

function bytesIn(base64: string): Buffer {
  return Buffer.from(base64, 'base64url')
}

/** Signed by the algorithm that the header names, where it is one of HMAC's. */
function signed(header: string, payload: string, secret: string): string {
  const text = `${header}.${payload}`
  const bits = /"HS(384|512)"/.exec(Buffer.from(header, 'base64url').toString())?.[1] ?? '256'
  return `${text}.${createHmac(`sha${bits}`, secret).update(text).digest('base64url')}`
}

/** One part of a token spoilt; the signature is made right again where the claims are to be read. */
function mutateToken(random: Random, input: Uint8Array, other: Uint8Array): Uint8Array {
  const [header = '', payload = '', signature = ''] = textOf(input).split('.')
  const claims = new Uint8Array(Buffer.from(payload, 'base64url'))
  const spoilt = () => Buffer.from(mutateJson(random, claims, claims)).toString('base64url')
  const head = () => Buffer.from(JSON.stringify(pick(random, HEADERS))).toString('base64url')
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return bytesOf(signed(header, spoilt(), TEST_SECRET))
    case 3:
      return bytesOf(signed(head(), payload, pick(random, [TEST_SECRET, TEST_SECRET, '', 'x'.repeat(32)])))
    case 4:
      return bytesOf(`${head()}.${payload}.${pick(random, ['', signature])}`)
    case 5:
      return bytesOf(`${header}.${spoilt()}.${signature}`)
    default:
      return mutateBytes(random, input, other)
  }
}

const tokens: Target = {
  name: 'token',
  async corpus() {
    const made = await Promise.all(ROLES.map((role) => auth.signToken(`${role}-1`, role, 3_600_000)))
    return made.map(({ token }) => bytesOf(token))
  },
  mutate: mutateToken,
  async judge(input) {
    const token = textOf(input)
    const identity = await auth.verifyToken(token)
    if (identity === null) return 'refused'
    const [header = '', payload = '', signature = ''] = token.split('.')
    // Base64 has bits to spare in its last letter: the bytes count.
    const ours = signed(header, payload, TEST_SECRET).split('.')[2]!
    insist(bytesIn(signature).equals(bytesIn(ours)), 'a signature that is not ours')
    const { alg } = JSON.parse(bytesIn(header).toString()) as { alg: unknown }
    insist(alg === 'HS256', `a token signed by ${alg}`)
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    insist(claims.iss === 'frontrow' && [claims.aud].flat().includes('frontrow'), 'a token for somebody else')
    insist(identity.user === claims.sub && /^[ -~]{1,128}$/.test(identity.user), `a user ${identity.user}`)
    insist(identity.role === claims.role && ROLES.includes(identity.role), `a role ${identity.role}`)
    insist(identity.expiresAt > NOON, 'a token that has ended')
    return ACCEPTED
  }
}

export const tokenTargets: readonly Target[] = [tokens]
