// What one seed decides: the house and its shows, who asks how often for what, and what goes wrong how often.
// Each run has some kinds of trouble and none of others (swarm testing): all at once would hide each other.
import { createRandom, type Random } from '../../bench/random.ts'
import type { Policy } from '../../core/policy.ts'
import { planJson } from '../support/small-show.ts'

/** Chances by event: a message, a commit, a second. */
export interface Trouble {
  readonly requestLost: number
  readonly replyLost: number
  readonly duplicated: number
  readonly messageSlow: number
  readonly socketCut: number
  readonly viewerSlow: number
  readonly storeSlow: number
  readonly storeRequestLost: number
  readonly storeAnswerLost: number
  readonly storeLate: number
  readonly storeFails: number
  readonly killBeforeCommit: number
  readonly killDuringCommit: number
  readonly killAfterCommit: number
  /** By second. */
  readonly kill: number
  readonly stop: number
  readonly pause: number
  readonly pausePastLease: number
  readonly storeCrash: number
  readonly storeStalls: number
  readonly clockForward: number
  readonly clockBack: number
  readonly clockDay: number
  readonly secondNode: number
  readonly bug: number
  /** By operation. */
  readonly silence: number
  /** By second. */
  readonly storeCut: number
  /** By message between nodes, and by second: only where there are several nodes. */
  readonly wireLost: number
  readonly wireCut: number
  readonly drain: number
  readonly twin: number
  readonly storeAnswerSlow: number
  /** By ordered stop, and by shard handed over: of the call that gives the leases up. */
  readonly releaseLate: number
  readonly releaseUnanswered: number
}

export interface Scenario {
  readonly seed: number
  readonly ops: number
  /** 1: alone, without a wire. */
  readonly nodes: number
  readonly shards: number
  readonly clients: number
  readonly users: number
  readonly shows: readonly string[]
  readonly planJson: unknown
  readonly policy: Policy
  /** Milliseconds between what one client does, on average. */
  readonly thinkMs: number
  /** Operations one client has under way at most. */
  readonly outstanding: number
  /** Share of what is asked that is nonsense, or of others. */
  readonly hostile: number
  /** One operation in so many is a look at a show. */
  readonly opsPerLook: number
  /** One in so many goes to any node, not to the one that the client knows. */
  readonly opsPerMove: number
  /** One in so many has no key. */
  readonly opsPerUnkeyed: number
  readonly trouble: Trouble
}

const TROUBLE_MAX: Trouble = {
  requestLost: 0.03,
  replyLost: 0.03,
  duplicated: 0.05,
  messageSlow: 0.05,
  socketCut: 0.01,
  viewerSlow: 0.02,
  storeSlow: 0.1,
  storeRequestLost: 0.004,
  storeAnswerLost: 0.006,
  storeLate: 0.004,
  storeFails: 0.006,
  killBeforeCommit: 0.003,
  killDuringCommit: 0.003,
  killAfterCommit: 0.003,
  kill: 0.1,
  stop: 0.05,
  pause: 0.2,
  pausePastLease: 0.03,
  storeCrash: 0.05,
  storeStalls: 0.1,
  clockForward: 0.05,
  clockBack: 0.05,
  clockDay: 0.002,
  secondNode: 0.05,
  bug: 0.03,
  silence: 0.0005,
  wireLost: 0.002,
  wireCut: 0.1,
  storeCut: 0.1,
  drain: 0.03,
  twin: 0.03,
  storeAnswerSlow: 0.05,
  releaseLate: 0.2,
  releaseUnanswered: 0.2
}

const NO_TROUBLE = Object.fromEntries(Object.keys(TROUBLE_MAX).map((name) => [name, 0])) as unknown as Trouble

const OF_CLUSTERS = ['wireLost', 'wireCut', 'drain', 'twin'] as const

const OPS = [300, 1_000, 3_000, 10_000]

/** What is laid down for a run, whatever its seed would draw. Nothing goes wrong in it but what `trouble` names. */
export interface Focus extends Partial<Omit<Scenario, 'seed' | 'policy' | 'trouble'>> {
  readonly policy?: Partial<Policy>
  readonly trouble: Partial<Trouble>
}

/** What is not given, the seed decides. */
export interface Extent {
  readonly ops?: number
  readonly nodes?: number
  readonly focus?: Focus
}

export function scenarioOf(seed: number, given: Extent = {}): Scenario {
  const { focus } = given
  if (focus === undefined) return drawn(seed, given)
  const scenario = drawn(seed, { nodes: focus.nodes ?? 1, ...given })
  const policy = { ...scenario.policy, ...focus.policy }
  return { ...scenario, ...focus, policy, trouble: { ...NO_TROUBLE, ...focus.trouble } }
}

function drawn(seed: number, given: Extent): Scenario {
  const random = createRandom(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^ seed)
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!
  const shows = Array.from({ length: 1 + random.below(5) }, (_, at) => `show-${at + 1}`)
  const clients = 1 + random.below(pick([4, 12, 30]))
  const ops = pick(OPS)
  const nodes = given.nodes ?? nodesOf(seed)
  return {
    seed,
    ops: given.ops ?? ops,
    nodes,
    shards: pick([1, 2, 4]) * (nodes > 1 ? 2 : 1),
    clients,
    users: 1 + random.below(clients),
    shows,
    planJson: planJson(rowsOf(random)),
    policy: policyOf(random),
    thinkMs: pick([1, 5, 20, 100]),
    outstanding: pick([1, 1, 3, 10]),
    hostile: pick([0, 0.05, 0.3]),
    opsPerLook: 12,
    opsPerMove: 50,
    opsPerUnkeyed: 40,
    trouble: { ...troubleOf(random), ...(nodes > 1 ? {} : ALONE) }
  }
}

const ALONE = Object.fromEntries(OF_CLUSTERS.map((name) => [name, 0]))

/** One run in two is of a cluster. */
function nodesOf(seed: number): number {
  const random = createRandom(Math.imul(seed ^ 0x2545f491, 0x85ebca6b) ^ seed)
  return [1, 1, 1, 3, 4, 5][random.below(6)]!
}

function rowsOf(random: Random) {
  const kinds = [
    { zone: 'Stalls', category: 'Front' },
    { zone: 'Stalls', category: 'Middle' },
    { zone: 'Balcony', category: 'Cheap' }
  ]
  return kinds.slice(0, 1 + random.below(3)).map((kind, at) => ({
    ...kind,
    row: 'ABC'[at]!,
    count: 2 + random.below(9)
  }))
}

function policyOf(random: Random): Policy {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!
  return {
    holdMs: pick([1_000, 3_000, 15_000, 120_000]),
    extensionsMax: pick([0, 1, 3]),
    seatsPerHoldMax: pick([2, 4, 10]),
    seatsPerUserMax: pick([4, 10, 100]),
    holdsPerUserMax: pick([1, 2, 10]),
    orphans: pick(['off', 'off', 'lenient', 'strict'] as const),
    saleStartsAt: null,
    saleEndsAt: null
  }
}

/** Each kind of trouble is away, rare or frequent; one run in ten has none at all. */
function troubleOf(random: Random): Trouble {
  const calm = random.below(10) === 0
  const levels = Object.entries(TROUBLE_MAX).map(([name, most]) => {
    const level = [0, 0, 0.1, 0.4, 1][random.below(5)]!
    return [name, calm ? 0 : most * level] as const
  })
  return Object.fromEntries(levels) as unknown as Trouble
}
