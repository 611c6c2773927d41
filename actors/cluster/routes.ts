// Whose each shard is, as its owners announce it. A hint: what is sent after an old one comes back undone, and what was
// done in an older epoch than the latest heard of says nothing any more.
import { ByteWriter } from '../../core/codec/bytes.ts'
import { readerOf, WIRE_VERSION } from './packet.ts'

export interface Route {
  readonly address: string
  readonly epoch: number
}

/** A shard and the epoch in which it is the announcer's. */
export type Owned = readonly (readonly [shard: number, epoch: number])[]

export interface Hello {
  readonly node: string
  /** Where this process of it is reached. */
  readonly address: string
  /** It has just come, and knows of nobody. */
  readonly asks: boolean
  /** What it pushes to its viewers has not gone out to all of them yet. */
  readonly behind: boolean
  readonly owned: Owned
}

/** Of one hello after another. */
const writer = new ByteWriter()

export function encodeHello({ node, address, asks, behind, owned }: Hello): Uint8Array {
  writer.reset()
  writer.u8(WIRE_VERSION)
  writer.text(node)
  writer.text(address)
  writer.u8(asks ? 1 : 0)
  writer.u8(behind ? 1 : 0)
  writer.varint(owned.length)
  for (const [shard, epoch] of owned) {
    writer.varint(shard)
    writer.varint(epoch)
  }
  return writer.copy()
}

/** Throws `Damaged` where the bytes are none. */
export function decodeHello(bytes: Uint8Array): Hello {
  const reader = readerOf(bytes)
  const node = reader.text()
  const address = reader.text()
  const asks = reader.u8() === 1
  const behind = reader.u8() === 1
  const owned: [number, number][] = []
  for (let left = reader.count(); left > 0; left--) owned.push([reader.varint(), reader.varint()])
  return { node, address, asks, behind, owned }
}

export class Routes {
  private readonly routes: (Route | null)[]
  /** The latest epoch heard of, by shard: it never goes down. */
  private readonly epochs: number[]

  /** By node, that of its latest process. */
  private readonly addresses = new Map<string, string>()

  constructor(shards: number) {
    this.routes = new Array<Route | null>(shards).fill(null)
    this.epochs = new Array<number>(shards).fill(0)
  }

  of(shard: number): Route | null {
    return this.routes[shard] ?? null
  }

  addressOf(node: string): string | undefined {
    return this.addresses.get(node)
  }

  /** Takes in what `node` says; answers the shards that are in a newer epoch than was known. */
  heard({ node, address, owned }: Pick<Hello, 'node' | 'address' | 'owned'>): number[] {
    const moved: number[] = []
    this.addresses.set(node, address)
    const still = new Set<number>()
    for (const [shard, epoch] of owned) {
      const known = this.epochs[shard]
      if (known === undefined || epoch < known) continue
      still.add(shard)
      if (epoch === known && this.routes[shard]?.address === address) continue
      this.epochs[shard] = epoch
      this.routes[shard] = { address, epoch }
      moved.push(shard)
    }
    this.routes.forEach((route, shard) => {
      if (route?.address === address && !still.has(shard)) this.routes[shard] = null
    })
    return moved
  }

  /** The shard is ours, in `epoch`: what others said of it before is over. */
  ours(shard: number, epoch: number): void {
    this.epochs[shard] = Math.max(epoch, this.epochs[shard]!)
    this.routes[shard] = null
  }

  /** Nobody owns `shard` in `epoch` where we thought so. */
  doubt(shard: number, epoch: number): void {
    if (this.routes[shard]?.epoch === epoch) this.routes[shard] = null
  }
}
