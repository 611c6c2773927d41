// A simulated process: the real shard region on the stores' links, with a clock of its own that may jump, that
// can be killed or paused at any step, and the door its clients come through.

import { Cluster } from '../../actors/cluster/cluster.ts'
import type { Shows, ShowView } from '../../actors/outcome.ts'
import type { Clock, Observer } from '../../actors/ports.ts'
import type { ShardHost } from '../../actors/shard-host.ts'
import { ShardRegion } from '../../actors/shard-region.ts'
import { fnv1a, shardOf } from '../../core/shard.ts'
import { Door } from './door.ts'
import type { Line, Process, Stage } from './parts.ts'
import { hashOf } from './seat-hash.ts'
import { StoreLink } from './store.ts'

/** How far apart the clocks of two machines may be. */
const SKEW_MS = 1_500

/** A machine's clock is off by as much whatever runs on it. */
function skewOf(owner: string): number {
  return (fnv1a(owner) % (2 * SKEW_MS)) - SKEW_MS
}

/** Few enough that most keys that come again are looked up in the store. */
const KEYS_SEALED_AT = 8

export class SimNode implements Process {
  readonly world: Stage
  readonly owner: string
  readonly shows: Shows
  readonly region: ShardRegion
  private readonly cluster: Cluster | null
  readonly door: Door
  readonly sockets = new Set<Line>()
  alive = true
  paused = false
  stopping = false
  /** How far its clock is from the right time, milliseconds. */
  skewMs: number
  storeCutUntil = 0
  /** What would have happened while it was paused. */
  private backlog: (() => void)[] = []

  constructor(world: Stage, owner: string) {
    this.world = world
    this.owner = owner
    this.skewMs = world.skewMs
    const link = new StoreLink(world, this)
    const clock = this.clock()
    this.door = new Door(world, this)
    const { shards, nodes } = world.scenario
    const stores = { journal: link, snapshots: link, plans: link }
    const options = {
      shards,
      owner: world.ownerFor(owner),
      ...stores,
      clock,
      observer: this.observer(),
      feed: this.door,
      keysSealedAt: KEYS_SEALED_AT
    }
    world.promised = true
    if (nodes === 1) {
      this.cluster = null
      this.region = new ShardRegion(options)
      this.shows = this.region
      void this.region.start()
      return
    }
    this.skewMs += skewOf(owner)
    const wire = world.network.join(this, `${owner}#${world.tick()}`)
    const cluster = new Cluster({ ...options, node: owner, roster: link, wire, replaced: () => this.end() })
    this.cluster = cluster
    this.region = cluster.region
    this.shows = cluster
    this.witness(cluster.region)
    void cluster.start()
  }

  /** What is looked at for others is judged here, where it is known. */
  private witness(region: ShardRegion): void {
    const view = region.view.bind(region)
    region.view = (show, done, asPushed) => {
      const seen: typeof done = (at, refusal) => {
        // As it was pushed: judged then.
        if (at !== null && asPushed !== true) this.world.judge.positioned(this, show, at)
        done(at, refusal)
      }
      view(show, seen, asPushed)
    }
  }

  residentFeed(show: string): ShowView | null {
    return this.hosts[shardOf(show, this.hosts.length)]!.residents.get(show)?.feed ?? null
  }

  pushedToOthers(show: string, { epoch, seq }: { readonly epoch: number; readonly seq: number }): void {
    const feed = this.residentFeed(show)
    // Another's by now, where this one has not yet heard that it gave the shard up.
    if (feed?.epoch === epoch && feed.seq === seq)
      this.world.judge.pushed(this, show, epoch, seq, hashOf(feed.statuses))
  }

  now(): number {
    const now = Math.floor(this.world.timeline.now + this.skewMs)
    if (now > this.world.clockMs) this.world.clockMs = now
    return now
  }

  /** Everything that comes from outside of the process, its timers included, comes in here. */
  enter(run: () => void): void {
    if (!this.alive) return
    if (this.paused) this.backlog.push(run)
    else run()
  }

  /** Whether it decides for `show` now, as far as it knows. */
  serves(show: string): boolean {
    if (this.cluster !== null) return this.alive
    const host = this.hosts[shardOf(show, this.hosts.length)]!
    return this.alive && host.state === 'open'
  }

  /** Nobody's business but the region's, and its judge's. */
  get hosts(): readonly ShardHost[] {
    return this.region['hosts']
  }

  kill(how: string): void {
    if (!this.alive) return
    this.world.injected(how)
    this.end()
  }

  private end(): void {
    this.alive = false
    this.backlog = []
    for (const socket of this.sockets) socket.cut()
    this.world.died(this)
  }

  pause(ms: number, how: string): void {
    if (this.paused || !this.alive) return
    this.world.injected(how)
    this.paused = true
    this.door.paused()
    this.world.timeline.after(ms, () => {
      this.paused = false
      const backlog = this.backlog
      this.backlog = []
      for (const run of backlog) this.enter(run)
      this.world.promised = true
    })
  }

  /** An ordered end. */
  stop(): void {
    if (this.stopping || !this.alive) return
    this.world.injected('ordered stop')
    this.stopping = true
    this.world.promised = true
    const { cluster, region } = this
    const stopped = cluster === null ? region.stop() : cluster.drain().then(() => cluster.stop())
    void stopped.then(() => {
      this.door.flushed()
      this.end()
    })
  }

  private clock(): Clock {
    const { timeline, random } = this.world
    return {
      now: () => this.now(),
      elapsed: () => timeline.now,
      after: (ms, run) => {
        let cancelled = false
        const planned = timeline.after(ms, () => {
          this.world.promised = true
          this.enter(() => {
            if (!cancelled) run()
          })
        })
        return () => {
          cancelled = true
          planned.run = null
        }
      },
      // What arrives together is taken in together, sometimes more and sometimes less of it.
      soon: (run) => {
        timeline.after(random.next() < 0.7 ? 0 : random.next() * 0.5, () => this.enter(run))
      }
    }
  }

  private observer(): Observer {
    return {
      answered: (_, code) => this.world.answers.add(code),
      committed: () => {},
      pushed: () => {},
      incident: (level, message, facts) => {
        if (level === 'error') this.world.incident(this, message, facts)
      }
    }
  }
}
