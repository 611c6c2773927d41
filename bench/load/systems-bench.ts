// Whom one can ask: every system of systems.ts, and what it promises.
import type { Bench } from '../bench.ts'
import { SYSTEMS } from './systems.ts'

export const systems: Bench = {
  what: 'lists the systems that can be put under load',
  options: {},
  run: async () => ({
    tables: [
      {
        title: 'systems: for --system, a name or words of it that no other has',
        columns: ['name', 'durable', 'what it does'],
        rows: SYSTEMS.map(({ name, durable, what }) => [name, durable, what])
      }
    ],
    failures: []
  })
}
