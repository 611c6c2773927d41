// A wire within one process, on the clocks of the nodes: nothing is on its way for longer than an instant, and
// everything is in order, unless a test cuts a node off or keeps messages back.
import type { Clock, Wire } from '../../actors/ports.ts'

type Direction = 'in' | 'out' | 'both'

interface End {
  readonly address: string
  readonly clock: Clock
  readonly topics: Map<string, (bytes: Uint8Array) => void>
  receive: (bytes: Uint8Array) => void
  isDeaf: boolean
  isMute: boolean
}

/** What was said: to one process, or on a topic. */
export interface Said {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
}

export class PlainHub {
  /** All that reached the hub, and what was lost with it. */
  readonly said: Said[] = []
  /** Of what is said from now on, the messages that this says yes to are kept until `letGo`. */
  keep: (said: Said) => boolean = () => false
  private readonly ends = new Map<string, End>()
  private kept: (() => void)[] = []
  private processes = 0

  join(node: string, clock: Clock): Wire {
    const address = `${node}#${++this.processes}`
    const end: End = { address, clock, topics: new Map(), receive: () => {}, isDeaf: false, isMute: false }
    this.ends.set(address, end)
    return {
      address,
      send: (to, bytes, undelivered) => {
        this.say(end, { from: address, to, bytes }, () => {
          const receiver = this.ends.get(to)
          if (receiver === undefined) this.arrive(end, undelivered)
          else this.arrive(receiver, () => receiver.receive(bytes))
        })
      },
      publish: (topic, bytes) => {
        this.say(end, { from: address, to: topic, bytes }, () => {
          for (const receiver of this.ends.values()) this.arrive(receiver, () => receiver.topics.get(topic)?.(bytes))
        })
      },
      receive: (heard) => {
        end.receive = heard
      },
      listen: (topic, heard) => {
        end.topics.set(topic, heard)
        return () => end.topics.delete(topic)
      }
    }
  }

  /** The process at `address` is gone. */
  leave(address: string): void {
    this.ends.delete(address)
  }

  /** Nothing more comes to `address`, or from it. */
  cut(address: string, direction: Direction = 'both'): void {
    const end = this.ends.get(address)!
    end.isDeaf = direction !== 'out'
    end.isMute = direction !== 'in'
  }

  heal(): void {
    for (const end of this.ends.values()) Object.assign(end, { isDeaf: false, isMute: false })
  }

  /** What was kept back goes on, in its order. */
  letGo(): void {
    this.keep = () => false
    for (const deliver of this.kept.splice(0)) deliver()
  }

  private say(sender: End, said: Said, deliver: () => void): void {
    if (sender.isMute) return
    this.said.push(said)
    if (this.keep(said)) this.kept.push(deliver)
    else deliver()
  }

  private arrive(receiver: End, run: () => void): void {
    if (receiver.isDeaf) return
    receiver.clock.soon(() => {
      if (!receiver.isDeaf) run()
    })
  }
}
