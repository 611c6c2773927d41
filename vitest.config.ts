// One project per suffix, which says what its tests need: `npm test -- --project unit` needs nothing.
import { defineConfig } from 'vitest/config'

const PG = 'test/*.pg.test.ts'
const NATS = 'test/*.nats.test.ts'
const REDIS = 'test/*.redis.test.ts'
const SIM = 'test/*.sim.test.ts'
const BROWSER = 'test/*.browser.test.ts'

/** Most suites start real servers, on a machine that does other things too: one more try, and vitest says so. */
const REAL = { retry: 1 }

export default defineConfig({
  test: {
    pool: 'forks',
    // Two, on whatever machine: suites start servers of their own, and measure nothing.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/*.test.ts'], exclude: [PG, NATS, REDIS, SIM, BROWSER], ...REAL }
      },
      { extends: true, test: { name: 'sim', include: [SIM], testTimeout: 900_000, ...REAL } },
      { extends: true, test: { name: 'pg', include: [PG], ...REAL } },
      { extends: true, test: { name: 'nats', include: [NATS], ...REAL } },
      { extends: true, test: { name: 'redis', include: [REDIS], ...REAL } },
      { extends: true, test: { name: 'browser', include: [BROWSER], testTimeout: 120_000, ...REAL } }
    ]
  }
})
