// Every system that Frontrow is compared with, each as its best advocate would configure it: the durable ones first,
// and what each does when it need not wait for the disk.
import type { Peer } from './peer.ts'
import { batched, batchedBitmap, nowait, skipLocked, version } from './postgres/postgres-form.ts'
import { postgresPeer } from './postgres/postgres-peer.ts'
import { bitfield, bitmap, keyPerSeat } from './redis/redis-form.ts'
import { redisPeer } from './redis/redis-peer.ts'

const DURABLE = ['always', 'everysec', 'none'] as const
const SYNCHRONOUS_COMMIT = ['on', 'off'] as const

export const PEERS: readonly Peer[] = [
  ...[bitmap, bitfield, keyPerSeat].flatMap((form) => DURABLE.map((durable) => redisPeer(form, durable))),
  ...[nowait, version, skipLocked, batched, batchedBitmap].flatMap((form) =>
    SYNCHRONOUS_COMMIT.map((sync) => postgresPeer(form, sync))
  )
]
