// Where a running Frontrow is asked, and under which names: shows and seats are numbers in the trace and ids on the wire.
import type { PeerAddress } from '../../peers/peer.ts'

export interface FrontrowAddress extends PeerAddress {
  /** By show of the trace. */
  readonly showIds: readonly string[]
  /** By show, then by seat of the trace. Shows with the same plan have the same list. */
  readonly seatIds: readonly (readonly string[])[]
  /** For WebSockets, of one user each; where there are none, the door asks for no token. */
  readonly tokens: readonly string[]
}
