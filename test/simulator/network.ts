// The wire between simulated nodes, as NATS is one: a hub that everything goes over, in the order of each sender, or
// gets lost. A node can be cut off from it in either direction, and be told that nobody is at an address.
import type { Wire } from '../../actors/ports.ts'
import type { Hub, Process, Stage } from './parts.ts'

interface Line {
  readonly node: Process
  readonly topics: Map<string, (bytes: Uint8Array) => void>
  receive: (bytes: Uint8Array) => void
  /** Until when nothing of it reaches the hub, and nothing of the hub reaches it. */
  deafUntil: number
  muteUntil: number
  /** When its last message is at the hub, and when the hub's last is here. */
  upAt: number
  downAt: number
}

export class Network implements Hub {
  private readonly world: Stage
  private readonly lines = new Map<string, Line>()

  constructor(world: Stage) {
    this.world = world
  }

  join(node: Process, address: string): Wire {
    const { timeline } = this.world
    const topics = new Map<string, (bytes: Uint8Array) => void>()
    const line: Line = { node, topics, receive: () => {}, deafUntil: 0, muteUntil: 0, upAt: 0, downAt: 0 }
    this.lines.set(address, line)
    return {
      address,
      send: (to, bytes, undelivered) => {
        this.up(line, () => {
          const receiver = this.lines.get(to)
          if (receiver?.node.alive === true) this.down(receiver, () => receiver.receive(bytes))
          else if (line.node.alive) this.down(line, undelivered)
        })
      },
      publish: (topic, bytes) => {
        this.up(line, () => {
          for (const receiver of this.lines.values()) {
            if (!receiver.topics.has(topic)) continue
            this.down(receiver, () => receiver.topics.get(topic)?.(bytes))
          }
        })
      },
      receive: (heard) => {
        line.receive = heard
      },
      // A subscription is at the hub before what is sent after it.
      listen: (topic, heard) => {
        topics.set(topic, heard)
        line.upAt = Math.max(line.upAt, timeline.now)
        return () => topics.delete(topic)
      }
    }
  }

  /** Nothing more comes from a process that is gone. */
  leave(node: Process): void {
    for (const [address, line] of this.lines) if (line.node === node) this.lines.delete(address)
  }

  /** Cuts `node` off from the hub for a while, in one direction or both. */
  cut(node: Process, ms: number, direction: 'both' | 'in' | 'out'): void {
    const until = this.world.timeline.now + ms
    for (const line of this.lines.values()) {
      if (line.node !== node) continue
      if (direction !== 'out') line.deafUntil = until
      if (direction !== 'in') line.muteUntil = until
    }
  }

  heal(): void {
    for (const line of this.lines.values()) {
      line.deafUntil = 0
      line.muteUntil = 0
    }
  }

  private up(line: Line, arrived: () => void): void {
    const { world } = this
    const { timeline } = world
    if (line.muteUntil > timeline.now) return
    line.upAt = Math.max(line.upAt, timeline.now + world.delay(0.3))
    timeline.at(line.upAt, () => {
      if (line.muteUntil <= timeline.now) arrived()
    })
  }

  private down(line: Line, arrived: () => void): void {
    const { world } = this
    const { timeline } = world
    if (line.deafUntil > timeline.now) return
    if (world.strikes('wire message lost', world.scenario.trouble.wireLost)) return
    line.downAt = Math.max(line.downAt, timeline.now + world.delay(0.3))
    timeline.at(line.downAt, () => {
      if (line.deafUntil > timeline.now) return
      line.node.enter(() => {
        world.promised = true
        arrived()
      })
    })
  }
}
