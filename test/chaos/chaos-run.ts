// What runs with one server and runs with several have in common: a folder for the evidence, a load, a nemesis, and
// the judgement. Keeps true: a run ends by itself, within a bound after the last fault.
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../bench/random.ts'
import type { Check } from '../../bench/sellout/checker.ts'
import type { House } from '../../bench/sellout/house.ts'
import { createChaosClient } from './chaos-client.ts'
import { type Customer, startCustomer } from './customer.ts'
import { dropEvidence, evidenceFolder, keepEvidence, keepLog } from './evidence.ts'
import { gatherEvidence } from './gather.ts'
import { type Ground, tokenFor } from './ground.ts'
import { type Evidence, judge } from './judge.ts'
import type { Nemesis } from './nemesis.ts'
import { openPlaybill, type Playbill } from './playbill.ts'
import { progressText } from './progress-text.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { startWarden, type Warden } from './warden.ts'

export type Say = (line: string) => void

export interface RunResult {
  readonly seed: number
  readonly seconds: number
  readonly writes: number
  /** How often each answer came, `hold ok` and so on. */
  readonly answers: Readonly<Record<string, number>>
  readonly checks: readonly Check[]
  /** Why the run is no good, beside what the checks found. */
  readonly failures: readonly string[]
  /** Where the evidence is kept; null where nothing was wrong. */
  readonly evidence: string | null
}

export interface LoadOptions {
  readonly seed: number
  readonly clients: number
  /** On sale at a time. */
  readonly shows: number
  /** For probes alone. */
  readonly probeShows: readonly string[]
  readonly thinkMs: number
  /** Where client number `at` is to connect; asked before each connection. */
  readonly clientUrl: (at: number) => string
}

/** Everybody who asks a server for anything, and what they were told. */
export interface Load {
  readonly recorder: Recorder
  readonly playbill: Playbill
  readonly customers: readonly Customer[]
  readonly warden: Warden
}

export interface Performance {
  readonly ground: Ground
  readonly folder: string
  readonly seed: number
  readonly seconds: number
  readonly load: Load
  readonly probe: { stop(): void }
  readonly nemesis: Nemesis
  /** What is checked beside everything else, when all is at rest and the servers still run. */
  readonly lastLook?: () => Promise<readonly Check[]>
}

/** What the judge made of it; no evidence where it could not be gathered. */
interface Judgement {
  readonly failures: readonly string[]
  readonly checks: readonly Check[]
  readonly evidence: Evidence | null
}

const PATIENCE_MS = 5_000
const PROGRESS_MS = 1_000
/** What remains open this long after the last fault is a failure. */
const ANSWER_MS_MAX = 60_000
const SEED_STEP = 1_000_003

/** Opens the ground, runs on it, and takes it down; the folder stays where something was wrong. */
export async function runOn<G extends Ground, R extends RunResult>(
  open: (folder: string) => Promise<G>,
  run: (ground: G, folder: string) => Promise<R>,
  seed: number,
  say: Say
): Promise<R> {
  const folder = evidenceFolder(seed)
  const interrupted = () => {
    dropEvidence(folder)
    // All that was started goes with us: each has somebody who waits for our death.
    process.exit(130)
  }
  process.once('SIGINT', interrupted)
  try {
    const ground = await open(folder)
    try {
      const result = await run(ground, folder)
      if (result.evidence === null) dropEvidence(folder)
      return result
    } finally {
      await ground.dispose()
    }
  } catch (error) {
    say(`the run broke off; what there is of it is in ${folder}`)
    throw error
  } finally {
    process.off('SIGINT', interrupted)
  }
}

/** Half of the customers with a customer's token, whom the server slows down, half with a service's. */
export async function startLoad(ground: Ground, options: LoadOptions): Promise<Load> {
  const { seed, shows, probeShows: probes, clients, thinkMs, clientUrl } = options
  const recorder = createRecorder()
  const token = await tokenFor('admin', 'admin')
  const playbill = await openPlaybill({ url: ground.httpUrl, token, shows, probes, recorder })
  const houses: () => readonly House[] = () => playbill.houses
  const customers = await Promise.all(
    Array.from({ length: clients }, async (_, at) => {
      const user = `user-${at + 1}`
      const random = createRandom(seed * SEED_STEP + at)
      const client = createChaosClient({
        ...{ url: () => clientUrl(at), user, random, recorder, patienceMs: PATIENCE_MS, insistMs: 0 },
        token: await tokenFor(user, at % 2 === 0 ? 'customer' : 'service')
      })
      return startCustomer({ client, random, thinkMs, houses })
    })
  )
  const warden = startWarden({ url: ground.httpUrl, token, random: createRandom(seed + 2), recorder, houses })
  return { recorder, playbill, customers, warden }
}

/** Until the nemesis is done, or `seconds` are over; then it is judged. */
export async function perform(performance_: Performance, say: Say): Promise<RunResult> {
  const { ground, folder, seed, load, probe, nemesis } = performance_
  const { recorder, customers } = load
  const startedMs = performance.now()
  const stopTelling = tell(say, load, nemesis)
  const timer = setTimeout(() => nemesis.stop(), performance_.seconds * 1_000)
  try {
    const failure = await nemesis.done.catch((error: Error) => `the nemesis failed: ${error.stack}`)
    const seconds = (performance.now() - startedMs) / 1000
    const { failures, checks, evidence } = await judgeRun(performance_, failure, (line) => {
      stopTelling()
      say(line)
    })
    const isFine = failures.length === 0 && checks.every(({ faults }) => faults.length === 0)
    if (!isFine) {
      keepLog(folder, 'postgres.log', ground.postgres.logPath)
      await keepEvidence(folder, recorder, nemesis.incidents, evidence)
    }
    return {
      ...{ seed, seconds, checks, failures, evidence: isFine ? null : folder },
      writes: recorder.records.length,
      answers: Object.fromEntries([...recorder.outcomes].toSorted())
    }
  } finally {
    clearTimeout(timer)
    stopTelling()
    probe.stop()
    for (const { client } of customers) client.close()
  }
}

/** Lets everything come to its end, if the nemesis came to its own (`failure` is null), and judges it. */
async function judgeRun(
  { ground, load, probe, lastLook = async () => [] }: Performance,
  failure: string | null,
  say: Say
): Promise<Judgement> {
  if (failure !== null) return { failures: [failure], checks: [], evidence: null }
  const { recorder, playbill, customers, warden } = load
  const failures: string[] = []
  let more: readonly Check[] = []
  const ended = Promise.all([...customers.map((customer) => customer.stop()), warden.stop(), playbill.stop()])
  if ((await within(ended, ANSWER_MS_MAX)) === null) failures.push('not everything was answered in the end')
  probe.stop()
  say('  the nemesis is done; every answer, push and map is being judged')
  const look = async () => {
    more = await lastLook()
  }
  const evidence = await gatherEvidence({ ground, playbill, recorder, customers, failures, lastLook: look })
  return { failures, checks: [...judge(evidence), ...more], evidence }
}

function tell(say: Say, { recorder, customers }: Load, nemesis: Nemesis): () => void {
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
