// A run: real processes under load while a nemesis does them harm, and then the judgement. Keeps true: it ends by
// itself, within a bound after the last fault, and nothing that it started outlives it.
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../bench/random.ts'
import type { Check } from '../../bench/sellout/checker.ts'
import { availabilityOf, type FaultAvailability } from './availability.ts'
import { createChaosClient } from './chaos-client.ts'
import { type Customer, startCustomer } from './customer.ts'
import { dropEvidence, evidenceFolder, keepEvidence, keepLog } from './evidence.ts'
import { FAULTS, type Fault } from './faults.ts'
import { gatherEvidence } from './gather.ts'
import { type Evidence, judge } from './judge.ts'
import { type Nemesis, startNemesis } from './nemesis.ts'
import { openPlaybill, type Playbill, PROBE_SHOW } from './playbill.ts'
import { type Probe, startProbe } from './probe.ts'
import { progressText } from './progress-text.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { openStage, type Stage } from './stage.ts'
import { startWarden, type Warden } from './warden.ts'

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

export interface ChaosResult {
  readonly seed: number
  readonly seconds: number
  readonly writes: number
  /** How often each answer came, `hold ok` and so on. */
  readonly answers: Readonly<Record<string, number>>
  readonly faults: readonly FaultAvailability[]
  readonly checks: readonly Check[]
  /** Why the run is no good, beside what the checks found. */
  readonly failures: readonly string[]
  /** Where the evidence is kept; null where nothing was wrong. */
  readonly evidence: string | null
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
const PATIENCE_MS = 5_000
const PROGRESS_MS = 1_000
/** What remains open this long after the last fault is a failure. */
const ANSWER_MS_MAX = 60_000
const SEED_STEP = 1_000_003

/** Everybody who has to do with the server, and what they were told. */
interface Cast {
  readonly recorder: Recorder
  readonly playbill: Playbill
  readonly probe: Probe
  readonly customers: readonly Customer[]
  readonly warden: Warden
}

/** What the judge made of it; no evidence where it could not be gathered. */
interface Judgement {
  readonly failures: readonly string[]
  readonly checks: readonly Check[]
  readonly evidence: Evidence | null
}

export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosResult> {
  const faults = wanted(options.only)
  const folder = evidenceFolder(options.seed)
  const interrupted = () => {
    dropEvidence(folder)
    // All that was started goes with us: each has somebody who waits for our death.
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const stage = await openStage(folder)
    try {
      const result = await runOn(stage, folder, possible(stage, faults, say), options, say)
      if (result.evidence === null) dropEvidence(folder)
      return result
    } finally {
      await stage.dispose()
    }
  } catch (error) {
    say(`the run broke off; what there is of it is in ${folder}`)
    throw error
  } finally {
    process.off('SIGINT', interrupted)
  }
}

async function runOn(
  stage: Stage,
  folder: string,
  faults: readonly Fault[],
  options: ChaosOptions,
  say: (line: string) => void
): Promise<ChaosResult> {
  const { seed, quietMs, rounds } = options
  const cast = await assemble(stage, options)
  const { recorder, probe, customers } = cast
  const nemesis = startNemesis({ stage, faults, random: createRandom(seed), probe, quietMs, rounds })
  const startedMs = performance.now()
  const stopTelling = tell(say, recorder, nemesis, customers)
  const timer = setTimeout(() => nemesis.stop(), options.seconds * 1_000)
  try {
    const failure = await nemesis.done.catch((error: Error) => `the nemesis failed: ${error.stack}`)
    const seconds = (performance.now() - startedMs) / 1000
    const { failures, checks, evidence } = await judgeRun(stage, cast, failure, (line) => {
      stopTelling()
      say(line)
    })
    const isFine = failures.length === 0 && checks.every(({ faults: found }) => found.length === 0)
    if (!isFine) {
      keepLog(folder, 'postgres.log', stage.postgres.logPath)
      await keepEvidence(folder, recorder, nemesis.incidents, evidence)
    }
    return {
      ...{ seed, seconds, checks, failures, evidence: isFine ? null : folder },
      writes: recorder.records.length,
      answers: Object.fromEntries([...recorder.outcomes].toSorted()),
      faults: availabilityOf(nemesis.incidents, probe.services, recorder.waits)
    }
  } finally {
    clearTimeout(timer)
    stopTelling()
    probe.stop()
    for (const { client } of customers) client.close()
  }
}

async function assemble(stage: Stage, options: ChaosOptions): Promise<Cast> {
  const { seed, shows } = options
  const recorder = createRecorder()
  const token = await stage.token('admin', 'admin')
  const playbill = await openPlaybill({ url: stage.server.url, token, shows, recorder })
  const houses = () => playbill.houses
  const probe = startProbe(PROBE_SHOW, {
    ...{ url: stage.wsUrl, user: 'probe', token: await stage.token('probe', 'service') },
    ...{ random: createRandom(seed + 1), recorder }
  })
  const customers = await invite(stage, options, recorder, houses)
  const warden = startWarden({ url: stage.httpUrl, token, random: createRandom(seed + 2), recorder, houses })
  return { recorder, playbill, probe, customers, warden }
}

/** Lets everything come to its end, if the nemesis came to its own (`failure` is null), and judges it. */
async function judgeRun(
  stage: Stage,
  { recorder, playbill, probe, customers, warden }: Cast,
  failure: string | null,
  say: (line: string) => void
): Promise<Judgement> {
  if (failure !== null) return { failures: [failure], checks: [], evidence: null }
  const failures: string[] = []
  const ended = Promise.all([...customers.map((customer) => customer.stop()), warden.stop(), playbill.stop()])
  if ((await within(ended, ANSWER_MS_MAX)) === null) failures.push('not everything was answered in the end')
  probe.stop()
  say('  the nemesis is done; every answer, push and map is being judged')
  const evidence = await gatherEvidence({ stage, playbill, recorder, customers, failures })
  return { failures, checks: judge(evidence), evidence }
}

/** Half of them with a customer's token, whom the server slows down, half with a service's. */
function invite(
  stage: Stage,
  { clients, seed }: ChaosOptions,
  recorder: Recorder,
  houses: Parameters<typeof startCustomer>[0]['houses']
): Promise<readonly Customer[]> {
  return Promise.all(
    Array.from({ length: clients }, async (_, at) => {
      const user = `user-${at + 1}`
      const token = await stage.token(user, at % 2 === 0 ? 'customer' : 'service')
      const random = createRandom(seed * SEED_STEP + at)
      const client = createChaosClient({
        ...{ url: stage.wsUrl, user, token, random, recorder },
        ...{ patienceMs: PATIENCE_MS, insistMs: 0 }
      })
      return startCustomer({ client, random, thinkMs: THINK_MS, houses })
    })
  )
}

export class UsageError extends Error {}

function wanted(only: readonly string[]): readonly Fault[] {
  for (const word of only) {
    if (FAULTS.some(({ name }) => name.includes(word))) continue
    throw new UsageError(`there is no fault '${word}'; there are:\n  ${FAULTS.map(({ name }) => name).join('\n  ')}`)
  }
  return only.length === 0 ? FAULTS : FAULTS.filter(({ name }) => only.some((word) => name.includes(word)))
}

function possible({ disk }: Stage, faults: readonly Fault[], say: (line: string) => void): readonly Fault[] {
  const here = faults.filter(({ needsDisk }) => needsDisk !== true || typeof disk !== 'string')
  if (here.length < faults.length) say(`  NOTICE: no full disk in this run, as none can be mounted here: ${disk}`)
  return here
}

function tell(
  say: (line: string) => void,
  recorder: Recorder,
  nemesis: Nemesis,
  customers: readonly Customer[]
): () => void {
  const text = progressText(recorder, nemesis, customers)
  const timer = setInterval(() => say(text()), PROGRESS_MS)
  return () => clearInterval(timer)
}

/** Null where it took too long. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const abort = new AbortController()
  const late = delay(ms, null, { signal: abort.signal }).catch(() => null)
  try {
    return await Promise.race([work, late])
  } finally {
    abort.abort()
  }
}
