// One timer for all holds of the node: shows by their next deadline.
import { DeadlineHeap } from '../core/deadline-heap.ts'
import { nextExpiry } from '../core/rules/expire.ts'
import type { Clock } from './ports.ts'
import type { ResidentShow } from './resident-show.ts'
import type { ShardHost } from './shard-host.ts'

/** Deadlines closer together than this are served by one wake-up. */
const RESOLUTION_MS = 10
/** The clock is looked at this often while a deadline waits: it may have been set forward meanwhile. */
const LOOK_MS = 1_000

export class HoldTimers {
  private readonly clock: Clock
  private readonly heap = new DeadlineHeap()
  private readonly waiting = new Map<number, { host: ShardHost; show: ResidentShow }>()
  private nextEntry = 1
  private armedFor = Number.POSITIVE_INFINITY
  private disarm: () => void = () => {}

  constructor(clock: Clock) {
    this.clock = clock
  }

  schedule(host: ShardHost, show: ResidentShow): void {
    const deadline = nextExpiry(show.inventory)
    if (deadline >= show.timerAt) return
    show.timerAt = deadline
    const entry = this.nextEntry++
    this.waiting.set(entry, { host, show })
    this.heap.push(deadline, entry)
    this.arm()
  }

  stop(): void {
    this.disarm()
    this.armedFor = Number.POSITIVE_INFINITY
  }

  private arm(): void {
    if (this.heap.next >= this.armedFor) return
    this.disarm()
    this.armedFor = this.heap.next
    this.wait(this.clock.now())
  }

  private wait(now: number): void {
    this.disarm = this.clock.after(Math.max(0, Math.min(this.armedFor - now, LOOK_MS)), () => this.fire())
  }

  private fire(): void {
    this.armedFor = Number.POSITIVE_INFINITY
    const now = this.clock.now()
    while (this.heap.next <= now) {
      const deadline = this.heap.next
      const entry = this.heap.pop()
      const { host, show } = this.waiting.get(entry)!
      this.waiting.delete(entry)
      // A later entry may have taken over, and a show may have left memory since.
      if (show.timerAt !== deadline || host.residents.get(show.id) !== show) continue
      show.timerAt = Number.POSITIVE_INFINITY
      host.expire(show)
    }
    if (this.heap.size === 0) return
    this.armedFor = Math.max(this.heap.next, now + RESOLUTION_MS)
    this.wait(now)
  }
}
