// A run with one server: real processes under load while a nemesis does them harm, and then the judgement.
import { createRandom } from '../../bench/random.ts'
import { availabilityOf, type FaultAvailability } from './availability.ts'
import { perform, type RunResult, runOn, type Say, startLoad } from './chaos-run.ts'
import { FAULTS, type Fault } from './faults.ts'
import { tokenFor } from './ground.ts'
import { startNemesis } from './nemesis.ts'
import { PROBE_SHOW } from './playbill.ts'
import { startProbe } from './probe.ts'
import { openStage, type Stage } from './stage.ts'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  readonly clients: number
  /** On sale at a time. */
  readonly shows: number
  /** Names of faults, in part; empty for all. */
  readonly only: readonly string[]
  /** Ends when each kind was done so often, if that is sooner. */
  readonly rounds: number
  readonly quietMs: readonly [from: number, to: number]
}

export interface ChaosResult extends RunResult {
  readonly faults: readonly FaultAvailability[]
}

export const DEFAULTS: ChaosOptions = {
  seconds: 60,
  seed: 0,
  clients: 32,
  shows: 4,
  only: [],
  rounds: Number.POSITIVE_INFINITY,
  quietMs: [1_000, 3_000]
}

const THINK_MS = 12
const PROBE_MS = 20

export async function runChaos(options: ChaosOptions, say: Say): Promise<ChaosResult> {
  const faults = wanted(FAULTS, options.only)
  return runOn(openStage, (stage, folder) => run(stage, folder, faults, options, say), options.seed, say)
}

async function run(
  stage: Stage,
  folder: string,
  faults: readonly Fault[],
  options: ChaosOptions,
  say: Say
): Promise<ChaosResult> {
  const { seed, seconds, clients, shows, quietMs, rounds } = options
  const some = possible(stage, faults, say)
  const whom = { seed, clients, shows, probeShows: [PROBE_SHOW], thinkMs: THINK_MS }
  const load = await startLoad(stage, { ...whom, clientUrl: stage.wsUrl })
  const { recorder } = load
  const probe = startProbe(PROBE_SHOW, PROBE_MS, {
    ...{ url: stage.wsUrl, user: 'probe', token: await tokenFor('probe', 'service') },
    ...{ random: createRandom(seed + 1), recorder }
  })
  const nemesis = startNemesis({ stage, faults: some, random: createRandom(seed), probe, quietMs, rounds })
  const result = await perform({ ground: stage, folder, seed, seconds, load, probe, nemesis }, say)
  return { ...result, faults: availabilityOf(nemesis.incidents, probe.services, recorder.waits) }
}

export class UsageError extends Error {}

/** Those that have one of the words in their names; all where there are no words. */
export function wanted<F extends { readonly name: string }>(
  faults: readonly F[],
  only: readonly string[]
): readonly F[] {
  for (const word of only) {
    if (faults.some(({ name }) => name.includes(word))) continue
    throw new UsageError(`there is no fault '${word}'; there are:\n  ${faults.map(({ name }) => name).join('\n  ')}`)
  }
  return only.length === 0 ? faults : faults.filter(({ name }) => only.some((word) => name.includes(word)))
}

function possible({ disk }: Stage, faults: readonly Fault[], say: Say): readonly Fault[] {
  const here = faults.filter(({ needsDisk }) => needsDisk !== true || typeof disk !== 'string')
  if (here.length < faults.length) say(`  NOTICE: no full disk in this run, as none can be mounted here: ${disk}`)
  return here
}
