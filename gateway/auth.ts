// Who is asking: JSON Web Tokens signed with the server's own secret. One algorithm, one issuer, one
// audience, and an end are demanded of each; which of them a token claims is never believed.
import { jwtVerify, SignJWT } from 'jose'
import { SECRET_BYTES_MIN, TOKEN_MAX, TOKENS_CACHED_MAX, USER_ID_MAX } from '../core/limits.ts'
import { createRecentMap } from './recent-map.ts'
import { ROLES, type Role } from './roles.ts'

export interface Identity {
  readonly user: string
  readonly role: Role
  /** Epoch milliseconds: from then on the token is worth nothing, also on a socket that is open. */
  readonly expiresAt: number
}

export interface Auth {
  signToken(user: string, role: Role, lifeMs: number): Promise<{ token: string; expiresAt: number }>
  /** Null for anything but a token of ours that has not ended. */
  verifyToken(token: string): Promise<Identity | null>
}

const ALGORITHM = 'HS256'
const ISSUER = 'frontrow'
const AUDIENCE = 'frontrow'
const USER_ID = /^[\x20-\x7e]+$/

export function isUserId(user: unknown): user is string {
  return typeof user === 'string' && user.length <= USER_ID_MAX && USER_ID.test(user)
}

/** `now` gives epoch milliseconds; `secret` has at least 32 bytes. */
export function createAuth(secret: Uint8Array, now: () => number): Auth {
  if (secret.length < SECRET_BYTES_MIN) throw new RangeError(`A secret has at least ${SECRET_BYTES_MIN} bytes`)
  const verified = createRecentMap<string, Identity>(TOKENS_CACHED_MAX)
  return {
    async signToken(user, role, lifeMs) {
      const issuedAt = Math.floor(now() / 1000)
      const endsAt = Math.ceil((now() + lifeMs) / 1000)
      const token = await new SignJWT({ role })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(user)
        .setIssuedAt(issuedAt)
        .setExpirationTime(endsAt)
        .sign(secret)
      return { token, expiresAt: endsAt * 1000 }
    },
    async verifyToken(token) {
      if (token.length > TOKEN_MAX) return null
      const known = verified.get(token)
      const identity = known ?? (await verify(token, secret, now()))
      if (identity === null || identity.expiresAt <= now()) return null
      if (known === undefined) verified.set(token, identity)
      return identity
    }
  }
}

async function verify(token: string, secret: Uint8Array, now: number): Promise<Identity | null> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'sub', 'role'],
      currentDate: new Date(now)
    })
    const { sub, role, exp } = payload
    if (!isUserId(sub) || !ROLES.includes(role as Role) || exp === undefined) return null
    return { user: sub, role: role as Role, expiresAt: exp * 1000 }
  } catch {
    return null
  }
}
