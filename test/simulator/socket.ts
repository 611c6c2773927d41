// One client's socket to one node: ordered, and gone at once when it is cut. A slow one is skipped to a snapshot.
import type { Line, Process, Push, Stage } from './parts.ts'

/** The client's side of it. */
interface SocketEnds {
  readonly receive: (push: Push) => void
  readonly ended: () => void
}

export class Socket implements Line {
  readonly node: Process
  readonly shows = new Set<string>()
  open = true
  private readonly world: Stage
  private readonly ends: SocketEnds
  private lastAt = 0
  /** Shows that get a snapshot once the socket takes data again; null while it does. */
  private skipped: Set<string> | null = null

  constructor(world: Stage, node: Process, ends: SocketEnds) {
    this.world = world
    this.node = node
    this.ends = ends
    node.sockets.add(this)
    const { socketCut } = world.scenario.trouble
    if (socketCut > 0) world.timeline.after((-Math.log(1 - world.random.next()) * 1_000) / socketCut, () => this.fall())
  }

  /** From the client; in order, like everything on it. */
  ask(run: () => void): void {
    const { timeline } = this.world
    this.lastAt = Math.max(this.lastAt, timeline.now + this.world.delay(0.3))
    timeline.at(this.lastAt, () => {
      if (this.open) this.node.enter(run)
    })
  }

  push(push: Push): void {
    const { world } = this
    if (!this.open) return
    // Answers are never skipped, as pushes are.
    if (this.skipped !== null && push.kind !== 'refused') {
      this.skipped.add(push.show)
      return
    }
    if (push.kind === 'diff' && world.strikes('slow viewer', world.scenario.trouble.viewerSlow)) {
      const skipped = new Set([push.show])
      this.skipped = skipped
      world.timeline.after(world.random.below(2_000), () =>
        this.node.enter(() => {
          this.skipped = null
          if (this.open) for (const show of skipped) this.node.door.drained(this, show)
        })
      )
      return
    }
    this.lastAt = Math.max(this.lastAt, world.timeline.now + world.delay(0.3))
    world.timeline.at(this.lastAt, () => {
      if (this.open) this.ends.receive(push)
    })
  }

  /** Nothing on its way arrives; the node learns of it in its own time. */
  cut(): void {
    if (!this.open) return
    this.open = false
    this.node.sockets.delete(this)
    this.world.timeline.after(this.world.delay(1), () => this.node.enter(() => this.node.door.closed(this)))
    this.ends.ended()
  }

  private fall(): void {
    if (!this.open || this.world.over) return
    this.world.injected('socket cut')
    this.cut()
  }
}
