// What every load can be told on the command line, and how that becomes a plan for the generator.
import { type Bench, type BenchSettings, numberSetting } from '../bench.ts'
import type { House } from '../peers/peer.ts'
import type { LoadPlan, RateAt } from './load.ts'
import type { TracePlan } from './trace.ts'

export const LOAD_OPTIONS = {
  system: {
    preset: 'frontrow over NATS',
    what: 'whom to ask: a name, or words of it; npm run bench -- systems lists them'
  },
  seconds: { preset: '10', what: 'seconds of each run, after the warm-up' },
  'warm-up': { preset: '2', what: 'seconds that do not count' },
  runs: { preset: '1', what: 'runs, each on a house that is empty again' },
  outstanding: { preset: '256', what: 'closed loop: holds under way at a time' },
  rate: { preset: '', what: 'open loop: holds a second, or a share of the peak (70%), which is looked for first' },
  shows: { preset: '64', what: 'shows' },
  seats: { preset: '32000', what: 'seats of each show' },
  'at-once': { preset: '', what: 'shows that are sold at a time, one lot after another; all of them unless given' },
  party: { preset: '4', what: 'seats of a hold, next to each other' },
  'per-message': { preset: '1', what: 'holds in one message, all for one show' },
  taken: { preset: '5', what: 'percent of all asks that are for seats which were asked for before' },
  users: { preset: '100000', what: 'buyers, who ask in no order' },
  seed: { preset: '1', what: 'of everything that is drawn by lot' },
  url: { preset: '', what: 'a server that runs, ws://… or http://…; needs --token' },
  nats: { preset: '', what: 'with --url: ask it over NATS, nats://…' },
  token: { preset: '', what: 'with --url: of an admin, who makes the shows; with --show-ids a service will do' },
  'show-ids': { preset: '', what: 'with --url: shows that are there to be sold, separated by commas' },
  profile: { preset: '', what: 'a folder for CPU profiles of a server of ours' }
} satisfies Bench['options']

export type LoadOption = keyof typeof LOAD_OPTIONS

/** `curve` has seconds from the start of the warm-up. */
export interface LoadShape extends Pick<LoadPlan, 'trace' | 'warmUpMs' | 'measureMs'> {
  readonly house: House
  readonly runs: number
}

export function shapeFrom(settings: BenchSettings, endless: boolean): LoadShape {
  const house: House = { shows: numberSetting(settings, 'shows'), seatsPerShow: numberSetting(settings, 'seats') }
  const trace: TracePlan = {
    ...house,
    party: numberSetting(settings, 'party'),
    showsAtOnce: settings['at-once'] === '' ? house.shows : numberSetting(settings, 'at-once'),
    perMessage: numberSetting(settings, 'per-message'),
    takenShare: numberSetting(settings, 'taken', 0) / 100,
    users: numberSetting(settings, 'users'),
    seed: numberSetting(settings, 'seed', 0),
    endless
  }
  return {
    ...{ house, trace, runs: numberSetting(settings, 'runs') },
    warmUpMs: numberSetting(settings, 'warm-up', 0) * 1000,
    measureMs: numberSetting(settings, 'seconds', 0.01) * 1000
  }
}

/** Arrivals that never change; rises over the warm-up, so that nobody begins with a crowd at the door. */
export function steady(perSecond: number, warmUpMs: number): readonly RateAt[] {
  return [
    { second: 0, perSecond: perSecond / 4 },
    { second: warmUpMs / 2000, perSecond }
  ]
}
