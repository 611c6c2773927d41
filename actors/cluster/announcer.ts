// Says which shards are this node's and whether its pushes are behind, whenever that changes and once a second, and
// hears what others say. By its own voice a node knows whether it can be heard.
import { HELLO_MS, HELLO_SILENCE_MS } from '../../core/limits.ts'
import type { Clock, Wire } from '../ports.ts'
import { decodeHello, encodeHello, type Hello, type Owned } from './routes.ts'

export interface AnnouncerOptions {
  readonly node: string
  readonly wire: Wire
  readonly clock: Clock
  readonly owned: () => Owned
  /** Another node says what is its. */
  readonly heard: (hello: Hello) => void
  /** Bytes from another node that make no sense. */
  readonly damaged: (error: unknown) => void
}

const TOPIC = 'hello'

export class Announcer {
  private readonly options: AnnouncerOptions
  private heardAt = Number.NEGATIVE_INFINITY
  private isBehind = false
  private isDue = false
  private isStopped = false
  private cancel: () => void = () => {}

  constructor(options: AnnouncerOptions) {
    this.options = options
  }

  /** Others can reach this node, as far as it can tell. */
  get isConnected(): boolean {
    return this.options.clock.elapsed() - this.heardAt < HELLO_SILENCE_MS
  }

  /** Asks everyone what is theirs, as nobody is known yet. */
  start(): void {
    const { wire, damaged } = this.options
    wire.listen(TOPIC, (bytes) => {
      try {
        this.take(decodeHello(bytes))
      } catch (error) {
        damaged(error)
      }
    })
    this.say(true)
    this.sayLater()
  }

  /** Pushes of this node are behind, or are so no more. */
  behind(isBehind: boolean): void {
    this.isBehind = isBehind
    this.announce()
  }

  /** What there is to say changed: said at the end of the turn. */
  announce(): void {
    if (this.isDue || this.isStopped) return
    this.isDue = true
    this.options.clock.soon(() => {
      this.isDue = false
      this.say(false)
    })
  }

  /** The last word is that nothing is ours. */
  stop(): void {
    this.isStopped = true
    this.cancel()
    this.say(false)
  }

  private take(hello: Hello): void {
    if (hello.address === this.options.wire.address) {
      this.heardAt = this.options.clock.elapsed()
      return
    }
    this.options.heard(hello)
    if (hello.asks) this.announce()
  }

  private say(asks: boolean): void {
    const { node, wire, owned } = this.options
    wire.publish(TOPIC, encodeHello({ node, address: wire.address, asks, behind: this.isBehind, owned: owned() }))
  }

  private sayLater(): void {
    this.cancel = this.options.clock.after(HELLO_MS, () => {
      // Whoever cannot be heard may have missed what others said too.
      this.say(!this.isConnected)
      this.sayLater()
    })
  }
}
