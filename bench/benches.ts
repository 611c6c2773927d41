// Every bench by name. Loaded only when asked for: not every machine has what each of them needs.
import type { Bench } from './bench.ts'
import type { EXPERIMENTS } from './load/experiments.ts'

type Experiment = keyof typeof EXPERIMENTS

/** What `all` stands for: every figure but the hour of the soak. */
export const ALL = [
  'nats-256',
  'nats-1024',
  'nats-16-a-message',
  'websocket-json',
  'websocket-binary',
  'hop',
  'hot-and-spread',
  'open-loop',
  'fan-out',
  'grow-shows',
  'grow-seats',
  'grow-nodes',
  'recovery'
] as const

export const BENCHES = {
  sellout: async () => (await import('./sellout/sellout.ts')).sellout,
  core: async () => (await import('./core.ts')).core,
  journal: async () => (await import('./journal.ts')).journal,
  ws: async () => (await import('./ws/ws.ts')).ws,
  memory: async () => (await import('./memory/memory.ts')).memory,
  crowd: async () => (await import('./crowd/crowd.ts')).crowd,
  spread: async () => (await import('./load/scenarios/spread.ts')).spread,
  'hot-show': async () => (await import('./load/scenarios/hot-show.ts')).hotShow,
  contention: async () => (await import('./load/scenarios/contention.ts')).contention,
  'best-available': async () => (await import('./load/scenarios/best-available.ts')).bestAvailable,
  'flash-sale': async () => (await import('./load/scenarios/flash-sale.ts')).flashSale,
  failover: async () => (await import('./load/scenarios/failover.ts')).failover,
  'fan-out': async () => (await import('./load/fan-out/fan-out.ts')).fanOut,
  recovery: async () => (await import('./load/recovery/recovery.ts')).recovery,
  soak: async () => (await import('./load/scenarios/soak.ts')).soak,
  compare: async () => (await import('./load/compare.ts')).compare,
  'nats-256': () => experiment('nats-256'),
  'nats-1024': () => experiment('nats-1024'),
  'nats-16-a-message': () => experiment('nats-16-a-message'),
  'websocket-json': () => experiment('websocket-json'),
  'websocket-binary': () => experiment('websocket-binary'),
  hop: () => experiment('hop'),
  'hot-and-spread': () => experiment('hot-and-spread'),
  'open-loop': () => experiment('open-loop'),
  'grow-shows': () => experiment('grow-shows'),
  'grow-seats': () => experiment('grow-seats'),
  'grow-nodes': () => experiment('grow-nodes'),
  systems: async () => (await import('./load/systems-bench.ts')).systems
} satisfies Record<string, () => Promise<Bench>>

export type BenchName = keyof typeof BENCHES

async function experiment(name: Experiment): Promise<Bench> {
  return (await import('./load/experiments.ts')).EXPERIMENTS[name]
}
