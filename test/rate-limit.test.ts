// How often one may ask.
import { describe, expect, it } from 'vitest'
import { RATE_BUCKETS_MAX, READ_RATE, SESSION_RATE, WRITE_RATE } from '../core/limits.ts'
import type { Identity } from '../gateway/auth.ts'
import { createRateLimits } from '../gateway/rate-limit.ts'

const person = (user: string): Identity => ({ user, role: 'customer', expiresAt: 0 })

/** How many times `take` lets through before it does not. */
function taken(take: () => number): number {
  let count = 0
  while (count < 1_000 && take() === 0) count++
  return count
}

describe('rate limits', () => {
  it('RATE-1: let a burst through, then as many a second as the rate says', () => {
    let now = 0
    const limits = createRateLimits(() => now)
    const write = () => limits.take('write', person('ann'), '10.0.0.1')
    expect(taken(write)).toBe(WRITE_RATE.burst)
    expect(write()).toBe(1_000 / WRITE_RATE.perSecond)
    now += 1_000
    expect(taken(write)).toBe(WRITE_RATE.perSecond)
    now += 3_600_000
    expect(taken(write)).toBe(WRITE_RATE.burst)
  })

  it('RATE-1: say exactly how long to wait', () => {
    let now = 0
    const limits = createRateLimits(() => now)
    const read = () => limits.take('read', null, '10.0.0.1')
    taken(read)
    const waitMs = read()
    now += waitMs - 1
    expect(read()).toBeGreaterThan(0)
    now += 1
    expect(read()).toBe(0)
  })

  it('RATE-1: a clock that steps back neither gives nor takes', () => {
    let now = 10_000
    const limits = createRateLimits(() => now)
    const read = () => limits.take('read', null, '10.0.0.1')
    taken(read)
    now = 0
    expect(taken(read)).toBe(0)
    now = 1_000
    expect(taken(read)).toBe(READ_RATE.perSecond)
  })

  it('RATE-2: count users one by one, whoever has no token by address, and sessions by address', () => {
    const limits = createRateLimits(() => 0)
    expect(taken(() => limits.take('read', person('ann'), '10.0.0.1'))).toBe(READ_RATE.burst)
    expect(taken(() => limits.take('read', person('bob'), '10.0.0.1'))).toBe(READ_RATE.burst)
    expect(taken(() => limits.take('read', null, '10.0.0.1'))).toBe(READ_RATE.burst)
    expect(taken(() => limits.take('read', null, '10.0.0.2'))).toBe(READ_RATE.burst)
    expect(taken(() => limits.take('session', null, '10.0.0.1'))).toBe(SESSION_RATE.burst)
    expect(taken(() => limits.take('session', person('ann'), '10.0.0.1'))).toBe(0)
    expect(taken(() => limits.take('write', person('ann'), '10.0.0.1'))).toBe(WRITE_RATE.burst)
  })

  it.each(['service', 'admin'] as const)('RATE-2: do not hold back the role %s', (role) => {
    const limits = createRateLimits(() => 0)
    expect(taken(() => limits.take('write', { user: 'desk', role, expiresAt: 0 }, '10.0.0.1'))).toBe(1_000)
  })

  it('RATE-3: remember a bounded number of callers, the latest', () => {
    const limits = createRateLimits(() => 0)
    const first = () => limits.take('read', person('first'), '10.0.0.1')
    taken(first)
    for (let i = 1; i < RATE_BUCKETS_MAX; i++) limits.take('read', person(`user ${i}`), '10.0.0.1')
    expect(first()).toBeGreaterThan(0)
    for (let i = 0; i < RATE_BUCKETS_MAX; i++) limits.take('read', person(`other ${i}`), '10.0.0.1')
    expect(first()).toBe(0)
  })
})
