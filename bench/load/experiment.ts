// One of the figures this project stands on: a contest with what its outcome should be. See experiments.ts.
import { type Bench, type BenchSettings, numberSetting, type Verdict } from '../bench.ts'
import type { Peer } from '../peers/peer.ts'
import { CONTEST_OPTIONS, lengthsFrom } from './compare.ts'
import { type Entry, hold } from './contest.ts'
import { contestReport } from './contest-report.ts'
import type { Loop } from './load.ts'
import { describe } from './load-bench.ts'
import type { LoadGroup } from './load-tables.ts'
import type { TracePlan } from './trace.ts'

export interface Experiment {
  readonly what: string
  /** Instead of the house of all contests. */
  readonly house?: { readonly shows: number; readonly seats: number }
  /** `trace` is the plain one: all shows at once, one hold a message. The first entry is what the others stand beside. */
  readonly entries: (trace: TracePlan) => readonly Entry[]
  readonly verdicts: (groups: readonly LoadGroup[]) => readonly Verdict[]
}

export function experimentBench({ what, house, entries, verdicts }: Experiment): Bench {
  const own = house && { shows: preset('shows', house.shows), seats: preset('seats', house.seats) }
  return {
    what,
    options: { ...CONTEST_OPTIONS, ...own },
    run: async (settings, progress) => {
      progress.say(what)
      const contenders = entries(traceFrom(settings))
      const result = await hold({ entries: contenders, ...lengthsFrom(settings) }, progress)
      const title = describe(result.groups[0]!.runs[0]!)
      return contestReport(title, contenders[0]!.name, result, verdicts(result.groups))
    }
  }
}

function preset(name: 'shows' | 'seats', value: number): Bench['options'][string] {
  return { ...CONTEST_OPTIONS[name], preset: String(value) }
}

function traceFrom(settings: BenchSettings): TracePlan {
  const shows = numberSetting(settings, 'shows')
  return {
    ...{ shows, seatsPerShow: numberSetting(settings, 'seats'), party: numberSetting(settings, 'party') },
    ...{ showsAtOnce: shows, perMessage: 1, takenShare: numberSetting(settings, 'taken', 0) / 100 },
    ...{ users: numberSetting(settings, 'users'), seed: numberSetting(settings, 'seed', 0), endless: false }
  }
}

export function entryOf(peer: Peer, trace: TracePlan, loop: Loop): Entry {
  return { name: peer.name, peer, trace, loop }
}
