// A whole node over the memory adapters and a clock that a test moves: what it was asked, what it answered,
// what it pushed, and the stores that stay when it dies.
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Diff, FeedSink, Outcome, Shows, ShowView } from '../../actors/outcome.ts'
import type { Observer, PlanStore, SnapshotStore } from '../../actors/ports.ts'
import { type RegionOptions, ShardRegion } from '../../actors/shard-region.ts'
import type { Command } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import { AVAILABLE, type Plan, STATUS_NAMES } from '../../core/plan/plan.ts'
import type { Policy } from '../../core/policy.ts'
import type { Refusal } from '../../core/refusal.ts'
import { shardOf } from '../../core/shard.ts'
import { createMemoryJournal, type MemoryJournal } from '../../persistence/memory/memory-journal.ts'
import { createMemoryPlans } from '../../persistence/memory/memory-plans.ts'
import { createMemorySnapshots } from '../../persistence/memory/memory-snapshots.ts'
import { ManualClock } from './manual-clock.ts'
import { create, definitionOf, NOON, SMALL_PLAN } from './small-show.ts'
import { JournalGate, SnapshotGate } from './store-gates.ts'

export const SHARDS = 4
/** Generous caps, so that tests about other things do not meet them. */
export const ROOMY: Partial<Policy> = { seatsPerHoldMax: 100, seatsPerUserMax: 100, holdsPerUserMax: 100 }

const PLAN_BYTES = new TextEncoder().encode(JSON.stringify(SMALL_PLAN))
const PLAN_HASH = createHash('sha256').update(PLAN_BYTES).digest('hex')

/** What a test stands in: a clock, and stores that outlive nodes. */
export interface World {
  readonly clock: ManualClock
  readonly journal: MemoryJournal
  readonly snapshots: SnapshotStore
  readonly plans: PlanStore
}

export async function newWorld(): Promise<World> {
  const clock = new ManualClock(NOON)
  const plans = createMemoryPlans()
  await plans.save(PLAN_HASH, PLAN_BYTES)
  return { clock, journal: createMemoryJournal({ now: () => clock.time }), snapshots: createMemorySnapshots(), plans }
}

export interface Reply {
  readonly command: Command
  outcome: Outcome | null
  view: ShowView | null
}

export interface Pushed {
  readonly kind: 'diff' | 'snapshot' | 'hold_expired'
  readonly show: string
  readonly epoch: number
  readonly seq: number
  /** `A1 held` and so on; of a hold that ended `<user> <hold>`. */
  readonly what: readonly string[]
}

export interface Incident {
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** The shows as a node has them: alone, or with others. */
export interface Opened {
  readonly shows: Shows & { start(): Promise<void>; stop(): Promise<void> }
  readonly region: ShardRegion
}

function alone(options: RegionOptions): Opened {
  const region = new ShardRegion(options)
  return { shows: region, region }
}

export class MemoryNode {
  readonly world: World
  readonly owner: string
  readonly shows: Opened['shows']
  readonly region: ShardRegion
  readonly gate: JournalGate
  readonly snapshots: SnapshotGate
  readonly pushed: Pushed[] = []
  readonly incidents: Incident[] = []
  private behind: (show: string) => boolean = () => false
  private behindChanged = (_isBehind: boolean) => {}
  private readonly clock: ReturnType<ManualClock['hands']>
  private readonly ids = new Map<string, readonly string[]>()

  constructor(world: World, owner: string, shards = SHARDS, open: (options: RegionOptions) => Opened = alone) {
    this.world = world
    this.owner = owner
    this.clock = world.clock.hands()
    this.gate = new JournalGate(world.journal, this.clock)
    this.snapshots = new SnapshotGate(world.snapshots)
    const { shows, region } = open({
      shards,
      owner,
      journal: this.gate,
      snapshots: this.snapshots,
      plans: world.plans,
      clock: this.clock,
      observer: this.observer(),
      feed: this.feed()
    })
    this.shows = shows
    this.region = region
  }

  async start(): Promise<this> {
    let started = false
    void this.shows.start().then(() => {
      started = true
    })
    await this.world.clock.settle()
    expect(started).toBe(true)
    return this
  }

  /** From one instant to the next it is no more. */
  kill(): void {
    this.clock.stop()
    this.gate.mode = 'down'
  }

  /** An ordered end. */
  async stop(): Promise<void> {
    let stopped = false
    void this.shows.stop().then(() => {
      stopped = true
    })
    for (let round = 0; round < 100 && !stopped; round++) await this.world.clock.pass(100)
    expect(stopped).toBe(true)
    this.clock.stop()
  }

  /** Sends a command; its answer comes when it comes, and once. */
  send(command: Command): Reply {
    const reply: Reply = { command, outcome: null, view: null }
    const sink = {
      reply: (_: Command, outcome: Outcome, view: ShowView | null, tag: number) => {
        expect(tag).toBe(7)
        expect(reply.outcome, 'answered twice').toBeNull()
        Object.assign(reply, { outcome, view })
      }
    }
    this.shows.submit(command, sink, 7)
    return reply
  }

  async ask(command: Command): Promise<Outcome> {
    const reply = this.send(command)
    await this.world.clock.settle()
    if (reply.outcome === null) throw new Error(`no answer to ${JSON.stringify(command)}`)
    return reply.outcome
  }

  async done(command: Command): Promise<ShowEvent> {
    const outcome = await this.ask(command)
    if (outcome.kind === 'refused') throw new Error(`refused: ${JSON.stringify(outcome)}`)
    return outcome
  }

  async refused(command: Command): Promise<Refusal> {
    const outcome = await this.ask(command)
    if (outcome.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(outcome)}`)
    return outcome
  }

  async createShow(id: string, policy: Partial<Policy> = ROOMY): Promise<void> {
    await this.done(create(definitionOf(policy, { id, planHash: PLAN_HASH }), { key: `create-${id}` }))
  }

  /** `A1 held, A2 booked` as everyone may see it; null where there is no such show; or a refusal's code. */
  async look(show: string): Promise<string | null> {
    let seen: string | null | undefined
    this.shows.view(show, (view, refusal) => {
      seen = view === null ? (refusal?.code ?? null) : describeStatuses(view.plan, view.statuses)
    })
    await this.world.clock.settle()
    if (seen === undefined) throw new Error(`no view of ${show}`)
    return seen
  }

  async position(show: string): Promise<{ epoch: number; seq: number }> {
    let at: { epoch: number; seq: number } | null = null
    this.shows.view(show, (view) => {
      at = view && { epoch: view.epoch, seq: view.seq }
    })
    await this.world.clock.settle()
    if (at === null) throw new Error(`no view of ${show}`)
    return at
  }

  /** Its doors say whether what they push, of `show` or of any, is on its way still. */
  setBehind(to: boolean, show: string | null = null): void {
    this.behind = (of) => to && (show === null || show === of)
    this.behindChanged(to)
  }

  private feed(): FeedSink {
    return {
      isBehind: (show) => this.behind(show),
      onBehind: (changed) => {
        this.behindChanged = changed
      },
      diff: (show, { epoch, seq, changes }: Diff) => {
        const ids = this.ids.get(show)
        const pairs = Array.from({ length: changes.length / 2 }, (_, at) => [changes[at * 2]!, changes[at * 2 + 1]!])
        const what = pairs.map(([seat, status]) => `${ids?.[seat!] ?? seat} ${STATUS_NAMES[status!]}`).sort()
        this.pushed.push({ kind: 'diff', show, epoch, seq, what })
      },
      snapshot: (show, view) => {
        this.ids.set(show, view.plan.ids)
        this.pushed.push({ kind: 'snapshot', show, epoch: view.epoch, seq: view.seq, what: seatsOf(view) })
      },
      holdExpired: (show, user, hold) => {
        this.pushed.push({ kind: 'hold_expired', show, epoch: 0, seq: 0, what: [`${user} ${hold}`] })
      }
    }
  }

  /** Watches `show`, and gives what a new viewer gets first. */
  async watch(show: string): Promise<ShowView> {
    let seen: ShowView | null = null
    this.shows.watch(show, (view) => {
      seen = view
    })
    await this.world.clock.settle()
    if (seen === null) throw new Error(`no view of ${show}`)
    const view: ShowView = seen
    this.ids.set(show, view.plan.ids)
    return { ...view, epoch: view.epoch, seq: view.seq, plan: view.plan, statuses: view.statuses.slice() }
  }

  private observer(): Observer {
    return {
      answered: () => {},
      committed: () => {},
      pushed: () => {},
      incident: (level, message, facts) => this.incidents.push({ level, message, facts })
    }
  }
}

export async function startNode(world: World, owner = 'node-1', shards = SHARDS): Promise<MemoryNode> {
  return new MemoryNode(world, owner, shards).start()
}

/** The seats that are not available, sorted. */
export function seatsOf({ plan, statuses }: Pick<ShowView, 'plan' | 'statuses'>): string[] {
  const taken = plan.ids.flatMap((id, seat) =>
    statuses[seat] === AVAILABLE ? [] : [`${id} ${STATUS_NAMES[statuses[seat]!]}`]
  )
  return taken.sort()
}

/** `A1 held, A2 booked`. */
export function describeStatuses(plan: Plan, statuses: Uint8Array): string {
  return seatsOf({ plan, statuses }).join(', ')
}

/** Ids of `count` shows that live on `shard`. */
export function showsOn(shard: number, count: number, shards = SHARDS): string[] {
  const ids: string[] = []
  for (let number = 1; ids.length < count; number++) {
    if (shardOf(`show-${number}`, shards) === shard) ids.push(`show-${number}`)
  }
  return ids
}

/** A viewer's own map, made of what was pushed alone: every step must fit the one before. */
export class Viewer {
  private readonly map = new Map<string, string>()
  epoch = 0
  seq = 0

  constructor(first: ShowView) {
    this.restart(first.epoch, first.seq, seatsOf(first))
  }

  take(pushed: readonly Pushed[]): void {
    for (const { kind, epoch, seq, what } of pushed) {
      if (kind === 'snapshot') this.restart(epoch, seq, what)
      if (kind !== 'diff') continue
      expect([epoch, seq], 'a diff that does not follow').toEqual([this.epoch, this.seq + 1])
      this.seq = seq
      this.mark(what)
    }
  }

  get seats(): string {
    return [...this.map]
      .filter(([, status]) => status !== 'available')
      .map(([id, status]) => `${id} ${status}`)
      .sort()
      .join(', ')
  }

  private restart(epoch: number, seq: number, what: readonly string[]): void {
    if (epoch < this.epoch || (epoch === this.epoch && seq < this.seq)) {
      throw new Error(`the feed went back from ${this.epoch}.${this.seq} to ${epoch}.${seq}`)
    }
    this.epoch = epoch
    this.seq = seq
    this.map.clear()
    this.mark(what)
  }

  private mark(what: readonly string[]): void {
    for (const words of what) {
      const [id, status] = words.split(' ')
      this.map.set(id!, status!)
    }
  }
}
