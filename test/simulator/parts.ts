// The parts of a simulated run as they see each other. World, node, door, socket, client, store and judge each
// have a file of their own, and know one another by these shapes alone.
import type { Outcome, ShowFace, Shows, ShowView } from '../../actors/outcome.ts'
import type { FrameRow, PlanStore, SnapshotStore, Wire } from '../../actors/ports.ts'
import type { ShardHost } from '../../actors/shard-host.ts'
import type { ShardRegion } from '../../actors/shard-region.ts'
import type { Random } from '../../bench/random.ts'
import type { Command } from '../../core/command.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { MemoryJournal } from '../../persistence/memory/memory-journal.ts'
import type { MemoryRoster } from '../../persistence/memory/memory-roster.ts'
import type { Scenario } from './scenario.ts'
import type { Timeline } from './timeline.ts'
import type { Counts, SimRule } from './verdict.ts'

/** What everything stands on. */
export interface Stage {
  readonly scenario: Scenario
  readonly timeline: Timeline
  readonly random: Random
  readonly plan: Plan
  readonly store: Database
  readonly network: Hub
  readonly judge: Verdicts
  readonly answers: Counts
  readonly nodes: readonly Process[]
  ops: number
  /** No more faults, and nothing new is asked. */
  readonly over: boolean
  /** Something may go on after a promise was kept: it does so before time goes on. */
  promised: boolean
  /** The latest time that any process's clock has shown. */
  clockMs: number
  /** How far the machines' clocks are off. */
  skewMs: number
  /** Nobody asks for anything until then. */
  quietUntil: number
  fail(rule: SimRule, what: string): void
  /** A process reports an error. */
  incident(node: Process, message: string, facts: Readonly<Record<string, unknown>>): void
  /** Whether something with this chance happens now; counted when it does. */
  strikes(name: string, chance: number): boolean
  happens(chance: number): boolean
  injected(name: string): void
  /** Milliseconds that something of about `scale` takes: mostly less, at times ten times as much. */
  delay(scale: number): number
  quietFor(): number
  /** A moment that is after all before it. */
  tick(): number
  newKey(): string
  /** What the journal knows a process of that name as: while an older one lives, another. */
  ownerFor(name: string): string
  startNode(owner?: string): Process
  died(node: Process): void
}

/** What all nodes speak over. */
export interface Hub {
  join(node: Process, address: string): Wire
  leave(node: Process): void
  cut(node: Process, ms: number, direction: 'both' | 'in' | 'out'): void
}

/** The database that all nodes share. */
export interface Database {
  readonly journal: MemoryJournal
  readonly snapshots: SnapshotStore
  readonly plans: PlanStore
  readonly roster: MemoryRoster
  /** Until when it does nothing, and until when nobody can reach it. */
  stalledUntil: number
  downUntil: number
  /** Grows with each crash: what was not synced by then is gone. */
  readonly incarnation: number
  crash(downMs: number): void
  append(rows: readonly FrameRow[]): ReadonlySet<number>
}

/** A node. */
export interface Process {
  readonly owner: string
  /** The shows as its clients see them, and the shards that are its own. */
  readonly shows: Shows
  readonly region: ShardRegion
  readonly hosts: readonly ShardHost[]
  readonly door: ProcessDoor
  readonly sockets: Set<Line>
  readonly alive: boolean
  readonly paused: boolean
  skewMs: number
  /** Until when it cannot reach the database. */
  storeCutUntil: number
  now(): number
  /** Everything that comes from outside of the process comes in here. */
  enter(run: () => void): void
  /** Whether it decides for `show` now, as far as it knows. */
  serves(show: string): boolean
  /** A push for nobody here: it is for the nodes that watch. */
  pushedToOthers(show: string, at: { readonly epoch: number; readonly seq: number }): void
  /** The show's feed, where it is in memory here. */
  residentFeed(show: string): ShowView | null
  kill(how: string): void
  pause(ms: number, how: string): void
  stop(): void
}

export interface ProcessDoor {
  submit(command: Command, told: (outcome: Outcome) => void): void
  subscribe(line: Line, show: string, epoch: number, seq: number): void
  /** A line that was skipped can take a push again. */
  drained(line: Line, show: string): void
  closed(line: Line): void
  /** Fails where somebody waits for too long. */
  overdue(): void
}

/** One client's connection to one node. */
export interface Line {
  readonly open: boolean
  readonly shows: Set<string>
  push(push: Push): void
  cut(): void
}

interface At {
  readonly show: string
  readonly epoch: number
  readonly seq: number
}

export type Push =
  | (At & { readonly kind: 'diff'; readonly changes: Uint32Array })
  | (At & { readonly kind: 'snapshot'; readonly statuses: Uint8Array })
  /** Diffs follow, from where the viewer was. */
  | (At & { readonly kind: 'resumed' })
  /** No view of the show now: subscribe again. */
  | { readonly kind: 'refused'; readonly show: string }

/** A client as those who choose its questions and judge its answers see it. */
export interface Person {
  readonly world: Stage
  readonly user: string
  readonly admin: boolean
  /** Holds and bookings it was told of. */
  readonly holds: { show: string; hold: string; seats: readonly string[] }[]
  readonly bookings: { show: string; booking: string; seats: readonly string[] }[]
  /** What was done, and may be asked for again. */
  readonly past: { command: Command; outcome: Outcome }[]
  /** Its own map of a show; null without one. */
  map(show: string): Uint8Array | null
  /** The shows whose changes it gets now. */
  readonly watching: readonly string[]
}

/** One operation: a command and all the copies of it that were sent. */
export interface Intent {
  readonly command: Command
  readonly invokedAt: number
  /** What a key that was used before must answer: the first answer, or a conflict. */
  readonly expects: Outcome | 'conflict' | null
  /** Whether the show was on sale when it was asked for. */
  readonly onSale: boolean
  /** Called once it has its answer, or gave up. */
  readonly then: () => void
  attempts: number
  settled: boolean
}

/** What is judged, as it happens. */
export interface Verdicts {
  asked(command: Command): void
  onSale(show: string): boolean
  committed(row: FrameRow): void
  told(node: Process, command: Command, outcome: Outcome, view: ShowFace | null): void
  toldUpTo(show: string): number
  viewed(node: Process, show: string, view: ShowView | null, refusal: Refusal | null, since: number): void
  /** The owner of a show looked at it for another node. */
  positioned(node: Process, show: string, view: ShowView): void
  pushed(node: Process, show: string, epoch: number, seq: number, hash: number): void
  shown(show: string, epoch: number, seq: number, hash: number): void
  expired(show: string, user: string, hold: number): void
  heard(client: Person, intent: Intent, outcome: Outcome): void
  intact(): void
}
