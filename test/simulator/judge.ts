// Holds everything that is told against what is committed, as it happens. Its own ledger is built from the frames
// at the instant they are in the journal; nothing else is believed.
import type { Outcome, ShowFace, ShowView } from '../../actors/outcome.ts'
import type { FrameRow } from '../../actors/ports.ts'
import type { ShardHost } from '../../actors/shard-host.ts'
import { checksum } from '../../core/codec/checksum.ts'
import { decodeFrame } from '../../core/codec/frame-codec.ts'
import { encodeSnapshot } from '../../core/codec/snapshot-codec.ts'
import type { Command } from '../../core/command.ts'
import type { ShowEvent } from '../../core/event.ts'
import type { IdempotencyMemory } from '../../core/idempotency-memory.ts'
import { Inventory } from '../../core/inventory.ts'
import type { Refusal } from '../../core/refusal.ts'
import { apply } from '../../core/rules/apply.ts'
import { Ledger } from './ledger.ts'
import type { Intent, Person, Process, Stage, Verdicts } from './parts.ts'
import { tellClient } from './recall.ts'
import { hashOf } from './seat-hash.ts'
import { type Happened, type Refused, unexplained } from './witness.ts'

const DAY_MS = 86_400_000

/** A map as it was numbered, and how far the journal was when it was seen last. */
interface Position {
  readonly hash: number
  journalSeq: number
}

export class Judge implements Verdicts {
  private readonly world: Stage
  private readonly commands = new Map<string, Command[]>()
  private readonly ledgers = new Map<string, Ledger>()
  /** Every show as the journal alone gives it. */
  private readonly rebuilt = new Map<string, Inventory>()
  private readonly heads = new Map<number, { seq: number; epoch: number; stampedAt: number }>()
  /** The map that belongs to each (show, epoch, seq) that was ever pushed. */
  private readonly positions = new Map<string, Position>()
  private readonly toldSeq = new Map<string, number>()
  /** By show: what happened and when, and what was refused. */
  private readonly happened = new Map<string, Happened[]>()
  private readonly refused = new Map<string, Refused[]>()
  private hash = 0
  private broken = false

  constructor(world: Stage) {
    this.world = world
    const complain: Stage['fail'] = (rule, what) => {
      this.broken = true
      world.fail(rule, what)
    }
    for (const show of world.scenario.shows) {
      this.ledgers.set(show, new Ledger(show, world.plan, this.commands, complain))
      this.happened.set(show, [])
      this.refused.set(show, [])
    }
  }

  get trace(): string {
    return (this.hash >>> 0).toString(16).padStart(8, '0')
  }

  onSale(show: string): boolean {
    return this.ledgers.get(show)?.exists ?? false
  }

  asked(command: Command): void {
    const name = `${command.show} ${command.user} ${command.key}`
    const before = this.commands.get(name)
    if (before === undefined) this.commands.set(name, [command])
    else before.push(command)
  }

  /** A frame is in the journal from this instant. */
  committed(row: FrameRow): void {
    const { world } = this
    this.mix(checksum(row.bytes, row.bytes.length))
    const head = this.heads.get(row.shard) ?? { seq: 0, epoch: 0, stampedAt: 0 }
    const frame = decodeFrame(row.bytes)
    if (row.seq !== head.seq + 1) world.fail('SIM-12', `shard ${row.shard}: frame ${row.seq} follows ${head.seq}`)
    if (row.epoch < head.epoch) world.fail('SIM-12', `shard ${row.shard}: epoch ${row.epoch} follows ${head.epoch}`)
    if (frame.stampedAt < head.stampedAt || frame.stampedAt !== row.stampedAt) {
      world.fail('SIM-8', `shard ${row.shard}: frame ${row.seq} is stamped ${frame.stampedAt} after ${head.stampedAt}`)
    }
    this.heads.set(row.shard, { seq: row.seq, epoch: row.epoch, stampedAt: frame.stampedAt })
    const touched = new Set<Ledger>()
    const moment = world.tick()
    for (const { show, event } of frame.entries) {
      const ledger = this.ledgers.get(show)
      if (ledger === undefined) return world.fail('SIM-12', `there is no show ${show}: ${JSON.stringify(event)}`)
      ledger.take(event, frame.stampedAt)
      this.happened.get(show)!.push({ moment, event })
      touched.add(ledger)
      if (event.kind === 'created') this.rebuilt.set(show, new Inventory(event.definition, world.plan))
      // What breaks a rule need not fit either.
      if (!this.broken) apply(this.rebuilt.get(show)!, event)
    }
    for (const ledger of touched) ledger.close(row.seq)
  }

  /** `node` answers; the caller has not heard it yet. */
  told(node: Process, command: Command, outcome: Outcome, view: ShowFace | null): void {
    this.mix(hashText(outcome.kind === 'refused' ? outcome.code : `${outcome.kind} ${outcome.at}`))
    if (outcome.kind !== 'refused') {
      const ledger = this.ledgers.get(command.show)
      if (ledger?.has(outcome) !== true) {
        this.world.fail('SIM-2', `told what is not in the journal: ${JSON.stringify({ command, outcome })}`)
      }
    }
    if (outcome.kind !== 'refused') this.toldSeq.set(command.show, node.shows.position(command.show).seq)
    const feed = node.residentFeed(command.show)
    if (view !== null && view === feed && outcome.kind !== 'refused') {
      this.atPosition(node, command.show, hashOf(feed.statuses), 'reply')
    }
  }

  /** The journal position up to which somebody was told of `show`: whoever looks from now on must see that much. */
  toldUpTo(show: string): number {
    return this.toldSeq.get(show) ?? 0
  }

  /** What `node` shows to one who asked when others had been told up to `since`. */
  viewed(node: Process, show: string, view: ShowView | null, refusal: Refusal | null, since: number): void {
    if (view !== null) {
      const isHere = view === node.residentFeed(show)
      const seq = isHere ? node.region.position(show).seq : this.relayed(node, show, view, hashOf(view.statuses))
      if (seq < since) {
        this.world.fail('SIM-2', `${show}: ${node.owner} shows what was before ${since}, which others were told of`)
      }
      if (isHere) this.atPosition(node, show, hashOf(view.statuses), 'view')
      return
    }
    if (refusal !== null) return
    if (this.ledgers.get(show)?.hashAt(since) != null) this.world.fail('SIM-2', `${show} is said not to exist`)
  }

  positioned(node: Process, show: string, view: ShowView): void {
    const { epoch, seq, statuses } = view
    this.pushed(node, show, epoch, seq, hashOf(statuses))
  }

  pushed(node: Process, show: string, epoch: number, seq: number, hash: number): void {
    const feed = node.residentFeed(show)
    if (feed?.epoch !== epoch || feed.seq !== seq) {
      this.relayed(node, show, { epoch, seq }, hash)
      return
    }
    this.atPosition(node, show, hash, `push ${epoch}.${seq}`)
    const name = `${show} ${epoch} ${seq}`
    const journalSeq = node.region.position(show).seq
    const known = this.positions.get(name)
    if (known === undefined) this.positions.set(name, { hash, journalSeq })
    else if (known.hash !== hash) this.world.fail('SIM-5', `${show}: two maps are numbered ${epoch}.${seq}`)
    else known.journalSeq = Math.max(known.journalSeq, journalSeq)
  }

  /** What a node shows of another's show must be what that one had at this position; answers the journal's. */
  private relayed(node: Process, show: string, at: { epoch: number; seq: number }, hash: number): number {
    const known = this.positions.get(`${show} ${at.epoch} ${at.seq}`)
    if (known?.hash !== hash) {
      this.world.fail('SIM-4', `${show}: ${node.owner} shows at ${at.epoch}.${at.seq} what its owner never did`)
    }
    return known?.journalSeq ?? 0
  }

  /** A client's map after a push. */
  shown(show: string, epoch: number, seq: number, hash: number): void {
    if (this.positions.get(`${show} ${epoch} ${seq}`)?.hash !== hash) {
      this.world.fail('SIM-5', `${show}: a client's map is not the one of ${epoch}.${seq}`)
    }
  }

  expired(show: string, user: string, hold: number): void {
    if (this.ledgers.get(show)?.holds.has(hold) === true) {
      this.world.fail('SIM-4', `${user} is told that hold ${hold} of ${show} is over; in the journal it is not`)
    }
  }

  /** A client hears the answer to `intent`. */
  heard(client: Person, intent: Intent, outcome: Outcome): void {
    const { world } = this
    const { command, expects } = intent
    const first = expects === null || expects === 'conflict' ? this.doneWith(command) : expects
    const isOld = first !== null && first.kind !== 'refused' && world.clockMs - first.at >= DAY_MS
    if (expects !== null && !isOld) return this.repeated(command, expects, outcome)
    // About a day old, by clocks that differ: remembered still, or forgotten and done anew.
    if (isOld && outcome.kind !== 'refused' && this.momentOf(command.show, outcome) < intent.invokedAt) return
    // Of a show that was not on sale yet there is no history.
    if (outcome.kind === 'refused' && outcome.code === 'not_found' && !intent.onSale) return
    const returnedAt = world.tick()
    if (outcome.kind === 'refused') {
      this.refused.get(command.show)?.push({ command, refusal: outcome, invokedAt: intent.invokedAt, returnedAt })
    } else this.done(command, intent, outcome, returnedAt)
    tellClient(client, command, outcome)
  }

  /** Where nothing is under way, memory is what the journal gives, to the byte. */
  intact(): void {
    for (const { hosts, paused } of this.world.nodes) {
      if (!paused) for (const host of hosts) this.intactHost(host)
    }
  }

  /** When the last live hold is over. */
  lastDeadline(): number {
    let last = 0
    for (const { holds } of this.ledgers.values())
      for (const { expiresAt } of holds.values()) last = Math.max(last, expiresAt)
    return last
  }

  /** Long after the last fault and the last deadline. */
  settled(clients: readonly Person[]): void {
    const { world } = this
    this.intact()
    for (const { show, holds } of this.ledgers.values()) {
      const first = holds.entries().next().value
      if (first !== undefined) world.fail('SIM-10', `${show}: hold ${first[0]} never ends: ${JSON.stringify(first[1])}`)
    }
    for (const client of clients) {
      for (const show of client.watching) {
        const map = client.map(show)
        const truth = this.ledgers.get(show)!.versions.at(-1)?.hash
        if (truth === undefined) continue
        if (map === null || hashOf(map) !== truth)
          world.fail('SIM-10', `${show}: ${client.user}'s map never catches up`)
      }
    }
  }

  /** Every operation happened at one moment between its invocation and its answer. */
  linearizable(): void {
    for (const [show, refusals] of this.refused) {
      const late = unexplained(this.happened.get(show)!, refusals, this.world.plan)
      if (late !== null) this.world.fail('SIM-11', `${show}: no moment explains ${JSON.stringify(late)}`)
    }
  }

  /** What was done is in the journal since a moment after it was asked for, and before it was answered. */
  private done(command: Command, intent: Intent, outcome: ShowEvent, returnedAt: number): void {
    const moment = this.momentOf(command.show, outcome)
    if (moment > intent.invokedAt && moment < returnedAt) return
    const asked = `${JSON.stringify(command)} asked at ${intent.invokedAt} and answered at ${returnedAt}`
    this.world.fail('SIM-11', `${asked} happened at ${moment}`)
  }

  /** When `event` came into the journal. */
  private momentOf(show: string, event: ShowEvent): number {
    const entry = this.happened.get(show)?.findLast(({ event: { kind, at, user, key } }) => {
      return kind === event.kind && at === event.at && user === event.user && key === event.key
    })
    return entry?.moment ?? Number.NaN
  }

  private intactHost(host: ShardHost): void {
    const head = this.heads.get(host.shard)
    if (host.state !== 'open' || host.underway || host.crashed || head === undefined || head.seq !== host.seq) return
    for (const [show, { inventory }] of host.residents) {
      const rebuilt = this.rebuilt.get(show)
      if (rebuilt === undefined) return this.world.fail('SIM-6', `${show} is in memory, and not in the journal`)
      if (Buffer.compare(encodeSnapshot(inventory, false), encodeSnapshot(rebuilt, false)) !== 0) {
        this.world.fail('SIM-6', `${show} at ${host.seq} is not what its journal gives`)
      }
      // What it has not read yet it has not forgotten.
      if (inventory.keys.sealed.isUnread) continue
      const forgotten = firstForgotten(inventory.keys, rebuilt.keys, host.stampedAt)
      if (forgotten !== null) this.world.fail('SIM-6', `${show} at ${host.seq} has forgotten the key ${forgotten}`)
    }
  }

  private atPosition(node: Process, show: string, hash: number, what: string): void {
    const { seq } = node.region.position(show)
    const truth = this.ledgers.get(show)?.hashAt(seq) ?? null
    if (truth !== hash) this.world.fail('SIM-4', `${what}: ${show} at ${seq} of ${node.owner} is not as committed`)
  }

  private repeated(command: Command, expects: Outcome | 'conflict', outcome: Outcome): void {
    const { world } = this
    const said = outcome.kind === 'refused' ? outcome.code : outcome.kind
    if (expects === 'conflict') {
      if (said !== 'idempotency_conflict')
        world.fail('SIM-3', `a key used twice gets ${said}: ${JSON.stringify(command)}`)
    } else if (JSON.stringify(outcome) !== JSON.stringify(expects)) {
      world.fail(
        'SIM-3',
        `${JSON.stringify(command)} got ${JSON.stringify(expects)}, and now ${JSON.stringify(outcome)}`
      )
    }
  }

  private doneWith(command: Command): Outcome | null {
    return this.ledgers.get(command.show)?.done.get(`${command.user} ${command.key}`)?.[0] ?? null
  }

  private mix(value: number): void {
    this.hash = Math.imul(this.hash ^ value, 0x01000193) + 1
  }
}

/** A key of the last day that the journal knows and memory neither has nor takes for a sealed one. */
function firstForgotten(memory: IdempotencyMemory, journaled: IdempotencyMemory, now: number): string | null {
  for (const { user, key, at } of journaled.events()) {
    if (now - at >= DAY_MS || memory.find(user, key, now) !== undefined) continue
    if (memory.sealedKey(user, key, now) === null) return `${key} of ${user}`
  }
  return null
}

function hashText(text: string): number {
  let hash = 7
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash, 31) + text.charCodeAt(at)
  return hash
}
