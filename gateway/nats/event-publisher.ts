// Tells the stream what was committed, each event once and those of a shard in order, behind the journal and never in
// its way. Positions are saved now and then; what the stream has beyond them is read back from it, so that neither a
// crash between publishing and saving nor another publisher can lose an event or tell it twice.
import { setTimeout as delay } from 'node:timers/promises'
import type { NatsConnection } from 'nats'
import type { Observer } from '../../actors/ports.ts'
import { EVENTS_AT_ONCE_MAX, EVENTS_LEASE_MS } from '../../core/limits.ts'
import type { Plan } from '../../core/plan/plan.ts'
import type { NatsSettings } from '../config.ts'
import type { EventJournal, EventPosition } from '../ports.ts'
import { type EventChunk, readChunk } from './event-chunk.ts'
import { parseEventId } from './event-json.ts'
import { createEventShows, type EventShows } from './event-shows.ts'
import { createEventStream, type EventStream } from './event-stream.ts'

export interface EventPublisherOptions {
  readonly journal: EventJournal
  readonly planOf: (hash: string) => Promise<Plan>
  /** This node's id. */
  readonly owner: string
  readonly settings: Pick<NatsSettings, 'eventsBytesMax' | 'eventsReplicas'>
  readonly observer: Pick<Observer, 'incident'>
}

/** What is known by whoever may publish. */
interface Reign {
  readonly stream: EventStream
  /** What the stream has taken. */
  readonly positions: Map<number, EventPosition>
  /** Where the stream ends with that. */
  streamSeq: number
  /** The same with what is under way, which is taken behind what went before it or not at all. */
  readonly sent: Map<number, EventPosition>
  sentSeq: number
  /** Settles once all that is under way was taken; rejects once something was not. */
  taken: Promise<void>
  /** Shards whose position is not saved yet. */
  readonly unsaved: Set<number>
  savedAt: number
}

/** Nothing is lost with a position that is not saved, but reading it back from the stream takes a while. */
const SAVE_MS = 500
/** How often commits of other nodes are looked for. */
const LOOK_MS = 500
/** How often one looks whether whoever publishes still does. */
const STANDBY_MS = 2_000
/** What reading positions back may take. */
const BEGIN_MS = 30_000
/** After each chunk up to this much longer than it took to read and send: commits come first … */
const PAUSE_FACTOR = 8
/** What took long was waited for, most of it: that is no reason to wait as long again. */
const PAUSE_MS_MAX = 500
/** … the less so, the further the stream is behind, up to here. */
const PATIENCE_MS = 10_000
/** Chunks that the stream has not taken yet. One by one it took 2,000 events a second beside 3,000 holds. */
const APPENDS_AT_ONCE = 4
const RETRY_MS_MIN = 250
const RETRY_MS_MAX = 5_000
const START: EventPosition = { seq: 0, events: 0 }

export class EventPublisher {
  private readonly options: EventPublisherOptions
  private readonly shows: EventShows
  private readonly stopping = new AbortController()
  /** The last frame of each shard, as far as it is known. */
  private readonly heads = new Map<number, number>()
  /** Shards that are behind, and since when. */
  private readonly due = new Map<number, number>()
  /** Shards whose journal cannot be read any further. */
  private readonly halted = new Set<number>()
  private reign: Reign | null = null
  /** What went wrong last, since events last went out. */
  private failure = ''
  private retryMs = RETRY_MS_MIN
  private running: Promise<void> = Promise.resolve()
  private rouse: () => void = () => {}

  constructor(options: EventPublisherOptions) {
    this.options = options
    this.shows = createEventShows(options.journal, options.planOf)
  }

  /** `seq` of `shard` is committed. */
  wake(shard: number, seq: number): void {
    this.heads.set(shard, seq)
    if (!this.due.has(shard)) this.due.set(shard, performance.now())
    this.rouse()
  }

  /** Committed frames that are not on the stream yet; none as long as another node publishes. */
  lag(): number {
    let frames = 0
    if (this.reign !== null) for (const shard of this.heads.keys()) frames += this.behind(this.reign.positions, shard)
    return frames
  }

  /** Publishes over `connection` until it is closed, or `stop` is called. */
  open(connection: NatsConnection): void {
    this.running = this.running.then(() => this.run(connection))
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.rouse()
    await this.running
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted
  }

  private async run(connection: NatsConnection): Promise<void> {
    const { journal, owner, settings } = this.options
    let stream: EventStream | null = null
    while (!this.isStopping && !connection.isClosed()) {
      try {
        stream ??= createEventStream(connection, settings)
        this.reign = await this.begin(stream)
        if (this.reign !== null) await this.publish(this.reign)
        await this.sleep(STANDBY_MS)
      } catch (error) {
        this.failed(String(error))
        await this.sleep(this.retryMs)
        this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX)
      }
      this.reign = null
    }
    // Whoever comes next need not wait; where that fails, the right runs out by itself.
    await journal.resign(owner).catch(() => {})
  }

  /** Null while another node publishes. */
  private async begin(stream: EventStream): Promise<Reign | null> {
    const { journal, owner } = this.options
    const right = await journal.lease(owner, BEGIN_MS)
    if (right === null) return null
    const streamSeq = await stream.open()
    const positions = new Map(await journal.positions())
    const unsaved = new Set<number>()
    // A stream that was used before this database was is of another: its ids say nothing about our journal. One that
    // is shorter than it was has lost its end: all that is left of it says where each shard goes on.
    const saved = right.streamSeq ?? streamSeq
    await stream.tail(saved > streamSeq ? 0 : saved, (id) => {
      const place = parseEventId(id)
      if (place === null) return
      positions.set(place.shard, { seq: place.seq - 1, events: place.index + 1 })
      unsaved.add(place.shard)
    })
    return {
      ...{ stream, positions, streamSeq, unsaved, savedAt: Number.NEGATIVE_INFINITY },
      ...{ sent: new Map(positions), sentSeq: streamSeq, taken: Promise.resolve() }
    }
  }

  /** Returns when another node has taken over, or we stop. */
  private async publish(reign: Reign): Promise<void> {
    const underway: Promise<void>[] = []
    for (let lookedAt = Number.NEGATIVE_INFINITY; !this.isStopping; ) {
      if (!(await this.save(reign))) return
      if (performance.now() - lookedAt > LOOK_MS) {
        lookedAt = performance.now()
        await this.look(reign)
      }
      const [due] = this.due
      if (due === undefined) {
        await (underway.shift() ?? this.idle())
        continue
      }
      const startedAt = performance.now()
      const [shard, dueAt] = due
      await this.step(reign, shard, dueAt)
      underway.push(reign.taken)
      if (underway.length >= APPENDS_AT_ONCE) await underway.shift()
      const eagerness = Math.min(1, (startedAt - dueAt) / PATIENCE_MS)
      const pauseMs = (performance.now() - startedAt) * PAUSE_FACTOR * (1 - eagerness)
      await this.sleep(Math.min(pauseMs, PAUSE_MS_MAX))
    }
    await reign.taken
    reign.savedAt = Number.NEGATIVE_INFINITY
    await this.save(reign)
  }

  /** Sends some of what `shard` is behind with. */
  private async step(reign: Reign, shard: number, dueAt: number): Promise<void> {
    this.due.delete(shard)
    if (this.behind(reign.sent, shard) === 0) return
    const { stream, sent } = reign
    const from = sent.get(shard) ?? START
    const chunk = await readChunk(this.options.journal, this.shows, shard, from, stream.bytesMax)
    const { messages, to } = chunk
    const after = reign.sentSeq
    reign.sentSeq += messages.length
    const isTaken = messages.length === 0 ? Promise.resolve(true) : stream.append(after, messages)
    reign.taken = this.taken(reign, shard, chunk, isTaken)
    // Whoever waits for it hears of it; not everyone waits.
    reign.taken.catch(() => {})
    if (to.seq === from.seq && to.events === from.events) return
    sent.set(shard, to)
    if (this.behind(sent, shard) === 0) return
    // What came after it was read has waited for its turn no longer than since then.
    this.due.set(shard, messages.length < EVENTS_AT_ONCE_MAX ? performance.now() : dueAt)
  }

  /** The stream has taken `chunk`, behind all that was sent before. */
  private async taken(reign: Reign, shard: number, chunk: EventChunk, isTaken: Promise<boolean>): Promise<void> {
    const { messages, to, damage } = chunk
    const end = reign.sentSeq
    const [isThere] = await Promise.all([isTaken, reign.taken])
    if (!isThere) throw new Error('the stream did not take events where it ended before')
    if (messages.length > 0) {
      this.failure = ''
      this.retryMs = RETRY_MS_MIN
    }
    if (damage !== null) this.halt(shard, damage)
    reign.streamSeq = end
    reign.positions.set(shard, to)
    reign.unsaved.add(shard)
  }

  private behind(positions: ReadonlyMap<number, EventPosition>, shard: number): number {
    if (this.halted.has(shard)) return 0
    return Math.max(0, (this.heads.get(shard) ?? 0) - (positions.get(shard) ?? START).seq)
  }

  /** Said once: it is tried every few seconds, for as long as it takes. */
  private failed(error: string): void {
    if (this.isStopping || error === this.failure) return
    this.failure = error
    this.options.observer.incident('warn', 'events cannot be published and are tried again', { error })
  }

  private halt(shard: number, { seq, error }: { readonly seq: number; readonly error: unknown }): void {
    const facts = { shard, seq, error: String(error) }
    this.options.observer.incident('error', 'a frame cannot be published: its shard is read no further', facts)
    this.halted.add(shard)
  }

  /** What other nodes committed, what was committed before, and what could not be told yet. */
  private async look(reign: Reign): Promise<void> {
    for (const [shard, seq] of await this.options.journal.heads()) {
      this.heads.set(shard, Math.max(seq, this.heads.get(shard) ?? 0))
      if (this.behind(reign.sent, shard) > 0 && !this.due.has(shard)) this.due.set(shard, performance.now())
    }
  }

  /** False when another node has the right to publish. */
  private async save(reign: Reign): Promise<boolean> {
    const { journal, owner } = this.options
    const sinceMs = performance.now() - reign.savedAt
    if (sinceMs < SAVE_MS || (reign.unsaved.size === 0 && sinceMs < EVENTS_LEASE_MS / 3)) return true
    const rows = new Map([...reign.unsaved].map((shard) => [shard, reign.positions.get(shard) ?? START]))
    // Before it is asked, not after: more is taken meanwhile.
    reign.unsaved.clear()
    if (!(await journal.save(owner, EVENTS_LEASE_MS, reign.streamSeq, rows))) return false
    reign.savedAt = performance.now()
    return true
  }

  /** Until something is committed, or it is time to look. */
  private async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS)
      this.rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Ends early when we stop. */
  private async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => {})
  }
}
