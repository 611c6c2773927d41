// Token buckets: so many at once, so many a second after that. Bounded: who has not asked for longest
// is forgotten, and starts afresh.
import { RATE_BUCKETS_MAX, READ_RATE, SESSION_RATE, WRITE_RATE } from '../core/limits.ts'
import type { Identity } from './auth.ts'
import { createRecentMap } from './recent-map.ts'

interface Rate {
  readonly perSecond: number
  /** What a full bucket holds. */
  readonly burst: number
}

interface RateLimit {
  /** Takes one token of `who`: 0, or in how many milliseconds there will be one. */
  take(who: string): number
}

/** `now` gives milliseconds; it may start anywhere. */
function createRateLimit(rate: Rate, now: () => number): RateLimit {
  const buckets = createRecentMap<string, { tokens: number; at: number }>(RATE_BUCKETS_MAX)
  return {
    take(who) {
      const at = now()
      const bucket = buckets.get(who)
      if (bucket === undefined) {
        buckets.set(who, { tokens: rate.burst - 1, at })
        return 0
      }
      const gained = (Math.max(0, at - bucket.at) * rate.perSecond) / 1000
      bucket.tokens = Math.min(rate.burst, bucket.tokens + gained)
      bucket.at = at
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / rate.perSecond)
      bucket.tokens--
      return 0
    }
  }
}

export interface RateLimits {
  /** Takes one token: 0, or how many milliseconds to wait. Services and admins are not held back. */
  take(kind: 'session' | 'read' | 'write', identity: Identity | null, address: string): number
}

/** `now` gives milliseconds; it may start anywhere. */
export function createRateLimits(now: () => number): RateLimits {
  const session = createRateLimit(SESSION_RATE, now)
  const read = createRateLimit(READ_RATE, now)
  const write = createRateLimit(WRITE_RATE, now)
  return {
    take(kind, identity, address) {
      if (kind === 'session') return session.take(address)
      if (identity !== null && identity.role !== 'customer') return 0
      const limit = kind === 'read' ? read : write
      return limit.take(identity === null ? `address ${address}` : `user ${identity.user}`)
    }
  }
}
