// A simulated client: asks for seats as a buyer, a booking service or a vandal would, repeats under the same key
// what it got no answer to, watches shows on a socket, and writes down what it was told and when.
import type { Outcome } from '../../actors/outcome.ts'
import type { Command } from '../../core/command.ts'
import { nextCommand } from './asks.ts'
import type { Intent, Person, Process, Push, Stage } from './parts.ts'
import { hashOf } from './seat-hash.ts'
import { Socket } from './socket.ts'

/** How long a client waits for an answer before it asks again. */
const PATIENCE_MS = 3_000
/** Attempts after which it may give up, and never learns what came of it. */
const ATTEMPTS_MIN = 3

interface View {
  epoch: number
  seq: number
  statuses: Uint8Array | null
}

export class SimClient implements Person {
  readonly world: Stage
  readonly user: string
  readonly admin: boolean
  /** Holds and bookings it was told of, by show. */
  readonly holds: { show: string; hold: string; seats: readonly string[] }[] = []
  readonly bookings: { show: string; booking: string; seats: readonly string[] }[] = []
  /** What was done, and may be asked for again. */
  readonly past: { command: Command; outcome: Outcome }[] = []
  readonly views = new Map<string, View>()
  underway = 0
  private node: Process | null = null
  private socket: Socket | null = null
  private watched: readonly string[] = []

  constructor(world: Stage, at: number) {
    this.world = world
    this.user = `user-${at % world.scenario.users}`
    this.admin = at === 0
    this.watched = world.scenario.shows.filter(() => world.random.below(3) > 0)
  }

  /** Begins to ask, as one of so many who share this name. */
  begin(): void {
    for (let at = 0; at < this.world.scenario.outstanding; at++) this.think()
    this.connect()
  }

  /** What it does next, and when. */
  private think(): void {
    const { world } = this
    world.timeline.after(world.random.next() * 2 * world.scenario.thinkMs + world.quietFor(), () => {
      if (world.over) return
      world.ops++
      // Long enough for shows to leave memory, and for checkpoints.
      if (world.strikes('silence', world.scenario.trouble.silence)) {
        world.quietUntil = world.timeline.now + 30_000 + world.random.below(400_000)
      }
      if (world.random.below(world.scenario.opsPerLook) === 0) {
        this.look()
        return this.think()
      }
      const ask = nextCommand(this)
      this.start(ask.command, ask.expects, () => this.think())
    })
  }

  start(command: Command, expects: Intent['expects'], then: () => void): void {
    const { world } = this
    if (expects === null || expects === 'conflict') world.judge.asked(command)
    this.underway++
    const onSale = world.judge.onSale(command.show)
    this.send({ command, invokedAt: world.tick(), expects, onSale, then, attempts: 0, settled: false })
  }

  private send(intent: Intent): void {
    const { world } = this
    const { trouble } = world.scenario
    intent.attempts++
    const node = this.reachable()
    const copies =
      node !== null && intent.command.key !== '' && world.strikes('request duplicated', trouble.duplicated) ? 2 : 1
    for (let copy = 0; copy < copies && node !== null; copy++) {
      if (world.strikes('request lost', trouble.requestLost)) continue
      world.timeline.after(this.way(), () => {
        node.enter(() => this.deliver(node, intent))
      })
    }
    this.againAfter(PATIENCE_MS, intent)
  }

  private deliver(node: Process, intent: Intent): void {
    const { world } = this
    node.door.submit(intent.command, (outcome) => {
      const claimsNothing = outcome.kind === 'refused' && outcome.code === 'unavailable'
      if (world.strikes('answer lost', world.scenario.trouble.replyLost)) return
      world.timeline.after(this.way(), () => this.answered(intent, outcome, claimsNothing))
    })
  }

  private answered(intent: Intent, outcome: Outcome, claimsNothing: boolean): void {
    if (intent.settled) return
    if (claimsNothing) this.node = null
    if (claimsNothing || (outcome.kind === 'refused' && outcome.code === 'busy')) {
      return this.againAfter(50 + this.world.random.below(400), intent)
    }
    this.world.judge.heard(this, intent, outcome)
    this.settle(intent)
  }

  /** Unless it was settled or sent again meanwhile. */
  private againAfter(ms: number, intent: Intent): void {
    const { attempts } = intent
    this.world.timeline.after(ms, () => {
      if (intent.settled || intent.attempts !== attempts) return
      // Whoever does not answer may be gone.
      this.node = null
      this.again(intent)
    })
  }

  private again(intent: Intent): void {
    const { world } = this
    const tired = !world.over && intent.attempts >= ATTEMPTS_MIN && world.random.below(8) === 0
    // Without a key a second copy is a second request.
    if (!tired && intent.command.key !== '') return this.send(intent)
    this.settle(intent)
  }

  private settle(intent: Intent): void {
    intent.settled = true
    this.underway--
    intent.then()
  }

  private way(): number {
    const { world } = this
    const slow = world.strikes('message slow', world.scenario.trouble.messageSlow)
    return world.delay(0.5) + (slow ? world.random.below(4_000) : 0)
  }

  /** A node to talk to: the same as long as it is there, another one when it is not. */
  private reachable(): Process | null {
    const { world } = this
    const { nodes } = world
    if (this.node?.alive && world.random.below(world.scenario.opsPerMove) > 0) return this.node
    this.node = nodes.length === 0 ? null : nodes[world.random.below(nodes.length)]!
    return this.node
  }

  /** Reads a show as over HTTP. */
  private look(): void {
    const node = this.reachable()
    const { world } = this
    const { shows } = world.scenario
    const show = world.random.below(20) === 0 ? 'nowhere' : shows[world.random.below(shows.length)]!
    world.timeline.after(this.way(), () =>
      node?.enter(() => {
        world.promised = true
        const since = world.judge.toldUpTo(show)
        node.shows.view(show, (view, refusal) => world.judge.viewed(node, show, view, refusal, since))
      })
    )
  }

  private connect(): void {
    const { world } = this
    const node = this.reachable()
    if (node === null || this.watched.length === 0) {
      world.timeline.after(500, () => this.connect())
      return
    }
    const socket = new Socket(world, node, {
      receive: (push) => this.receive(socket, push),
      ended: () => this.ended()
    })
    this.socket = socket
    for (const show of this.watched) this.subscribe(socket, show)
  }

  /** The socket ended: the next one goes on from what is known. */
  private ended(): void {
    this.world.timeline.after(this.world.random.below(1_000), () => this.connect())
  }

  private subscribe(socket: Socket, show: string): void {
    const { epoch, seq } = this.views.get(show) ?? { epoch: 0, seq: 0 }
    socket.ask(() => {
      this.world.promised = true
      socket.node.door.subscribe(socket, show, epoch, seq)
    })
  }

  private receive(socket: Socket, push: Push): void {
    if (push.kind === 'refused') {
      // Asked again, now and then of another node, which may know better.
      if (this.world.random.below(5) === 0) return socket.cut()
      this.world.timeline.after(500, () => this.subscribe(socket, push.show))
      return
    }
    const view = this.views.get(push.show) ?? { epoch: 0, seq: 0, statuses: null }
    this.views.set(push.show, view)
    if (push.kind === 'resumed') return
    if (push.kind === 'snapshot') {
      view.statuses = push.statuses.slice()
    } else {
      if (push.epoch !== view.epoch || push.seq !== view.seq + 1 || view.statuses === null) {
        return this.subscribe(socket, push.show)
      }
      for (let at = 0; at < push.changes.length; at += 2) view.statuses[push.changes[at]!] = push.changes[at + 1]!
    }
    view.epoch = push.epoch
    view.seq = push.seq
    this.world.judge.shown(push.show, view.epoch, view.seq, hashOf(view.statuses))
  }

  /** The map of a show it watches, if it has one. */
  map(show: string): Uint8Array | null {
    return this.views.get(show)?.statuses ?? null
  }

  /** The shows whose changes it gets now. */
  get watching(): readonly string[] {
    return this.watched.filter((show) => this.socket?.node.serves(show))
  }
}
