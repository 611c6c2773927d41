// Frontrow beside the systems one would use instead, on the same trace, in turns: `npm run bench -- compare`.
import { type Bench, type BenchSettings, numberSetting } from '../bench.ts'
import { type Contest, hold } from './contest.ts'
import { contestReport } from './contest-report.ts'
import { describe } from './load-bench.ts'
import { LOAD_OPTIONS, shapeFrom } from './load-options.ts'
import { hasWords, SYSTEMS, systemNamed } from './systems.ts'

const {
  outstanding,
  shows,
  seats,
  party,
  'per-message': perMessage,
  taken,
  users,
  seed,
  'at-once': atOnce
} = LOAD_OPTIONS

export const CONTEST_OPTIONS = {
  runs: { preset: '5', what: 'rounds, in which each runs once' },
  seconds: { preset: '4', what: 'seconds of each run, after the warm-up' },
  'warm-up': { preset: '2', what: 'seconds that do not count' },
  'sweep-seconds': { preset: '1.5', what: 'seconds in which each settings of a peer are tried first; 0 does not' },
  ...{ shows, seats, party, taken, users, seed }
} satisfies Bench['options']

export const compare: Bench = {
  what: 'Frontrow beside the systems one would use instead, same trace, in turns',
  options: {
    ours: { preset: 'frontrow over NATS', what: 'what is compared' },
    peers: { preset: 'redis,postgres', what: 'with whom: words of names, separated by commas' },
    ...CONTEST_OPTIONS,
    ...{ outstanding, 'per-message': perMessage, 'at-once': atOnce }
  },
  run: async (settings, progress) => {
    const result = await hold(contestFrom(settings), progress)
    const title = `compare: ${describe(result.groups[0]!.runs[0]!)}`
    return contestReport(title, systemNamed(settings.ours!).name, result)
  }
}

function contestFrom(settings: BenchSettings): Contest {
  const ours = systemNamed(settings.ours!)
  const words = settings.peers!.split(',').filter((word) => word !== '')
  const peers = SYSTEMS.filter((peer) => peer !== ours && words.some((word) => hasWords(peer.name, word)))
  const { trace } = shapeFrom(settings, false)
  const loop = { kind: 'closed', outstanding: numberSetting(settings, 'outstanding') } as const
  return { entries: [ours, ...peers].map((peer) => ({ name: peer.name, peer, trace, loop })), ...lengthsFrom(settings) }
}

export function lengthsFrom(settings: BenchSettings): Omit<Contest, 'entries'> {
  return {
    rounds: numberSetting(settings, 'runs'),
    warmUpMs: numberSetting(settings, 'warm-up', 0) * 1000,
    measureMs: numberSetting(settings, 'seconds', 0.01) * 1000,
    sweepMs: numberSetting(settings, 'sweep-seconds', 0) * 1000
  }
}
