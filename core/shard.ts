// Show id → shard: FNV-1a (32 bit) modulo the number of shards, the function of NATS's `partition()`
// subject mapping, so that a NATS server may route by itself.

/** FNV-1a over the UTF-8 bytes of `text`, as an unsigned 32-bit integer. Show ids are ASCII. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** The shard of a show, 0 to `shards` − 1. */
export function shardOf(showId: string, shards: number): number {
  return fnv1a(showId) % shards
}
