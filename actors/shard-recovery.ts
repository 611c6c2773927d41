// From the journal to a shard in memory: snapshots, then the frames behind them, each checked. A shard
// whose journal has a gap or a damaged frame is not served: the error names shard and frame.

import { Damaged } from '../core/codec/bytes.ts'
import { decodeFrame } from '../core/codec/frame-codec.ts'
import { decodeKeyHashes, findInSegment } from '../core/codec/key-codec.ts'
import { decodeSnapshot, snapshotDefinition } from '../core/codec/snapshot-codec.ts'
import type { ShowEvent } from '../core/event.ts'
import type { SealedKey } from '../core/idempotency-memory.ts'
import { Inventory } from '../core/inventory.ts'
import { apply } from '../core/rules/apply.ts'
import type { PlanCache } from './plan-cache.ts'
import {
  type FrameRow,
  type Journal,
  JournalError,
  type ShardHead,
  type SnapshotRow,
  type SnapshotStore
} from './ports.ts'

const READ_FRAMES = 2_000
/** Of the tables of sealed keys: this process's own, so that nobody can choose keys that meet in them. */
export const SCATTER = Math.floor(Math.random() * 2 ** 32)

export interface Recovered {
  readonly id: string
  readonly inventory: Inventory
  readonly lastSeq: number
  readonly snapshotSeq: number
}

/** How far a shard's journal goes, and how far its snapshots cover it. */
export type ShardPosition = Pick<ShardHead, 'shard' | 'seq' | 'snapshotSeq'>

/** A shard as its journal has it at a position. */
export interface RecoveredShard extends ShardPosition {
  readonly shows: ReadonlyMap<string, Recovered>
}

export interface Sources {
  readonly journal: Journal
  readonly snapshots: SnapshotStore
  readonly plans: PlanCache
}

/** One show from its snapshot, which must be all there is of it. Null: there is no such show. */
export async function recoverShow(sources: Sources, id: string): Promise<Recovered | null> {
  const show = await stored(sources, await sources.snapshots.load(id))
  if (show !== null) await readSealed(sources, show)
  return show
}

/** Which keys of `show` were sealed, if that is yet to be read. */
export async function readSealed(
  { snapshots }: Sources,
  { id, inventory }: Pick<Recovered, 'id' | 'inventory'>
): Promise<void> {
  if (!inventory.keys.sealed.isUnread) return
  const segments = await snapshots.loadKeyHashes(id)
  const hashesOf = (bytes: Uint8Array) => whole(`keys of show ${id}`, () => decodeKeyHashes(bytes))
  const sealed = segments.map((segment) => ({ ...segment, hashes: hashesOf(segment.hashes) }))
  inventory.keys.sealed.read(sealed, SCATTER)
}

/** The segments `seqs` of the keys of `show`, all of them. */
export async function readSegments(
  { snapshots }: Sources,
  show: string,
  seqs: readonly number[]
): Promise<readonly Uint8Array[]> {
  const found = await snapshots.loadKeys(show, seqs)
  if (found.length < seqs.length) throw new JournalError('damaged', `keys of show ${show} are missing`)
  return found
}

/** What a sealed key of `show` did, by the segments it may be in; null: another key seemed to be it. */
export function findKey(segments: readonly Uint8Array[], show: string, { user, key }: SealedKey): ShowEvent | null {
  let latest: ShowEvent | null = null
  for (const bytes of segments) {
    const event = whole(`keys of show ${show}`, () => findInSegment(bytes, user, key))
    if (event !== null && event.at >= (latest?.at ?? 0)) latest = event
  }
  return latest
}

/**
 * All shows of a shard that something happened to since their snapshots, or that have running holds;
 * every other show's snapshot is complete. Which keys were sealed is yet to be read. What was `known` of it at an
 * earlier position, on the same snapshots, is brought up to this one, and is not to be used again.
 */
export async function recoverShard(
  sources: Sources,
  { shard, seq, snapshotSeq }: ShardPosition,
  known: RecoveredShard | null = null
): Promise<RecoveredShard> {
  // Other snapshots may be of other shows, and frames behind them are no longer at hand.
  const base = known?.snapshotSeq === snapshotSeq && known.seq <= seq ? known : null
  const [tails, withHolds] = await Promise.all([
    readTails(sources, shard, base?.seq ?? snapshotSeq, seq),
    base === null ? sources.snapshots.loadWithHolds(shard) : []
  ])
  const rows = new Map(withHolds.map((row) => [row.show, row]))
  const shows = new Map(base?.shows)
  await Promise.all(
    Array.from(new Set([...rows.keys(), ...tails.keys()]), async (show) => {
      const from = shows.get(show) ?? (await stored(sources, rows.get(show) ?? (await sources.snapshots.load(show))))
      shows.set(show, await replay(sources, shard, show, from, tails.get(show) ?? []))
    })
  )
  return { shard, seq, snapshotSeq, shows }
}

interface Tail {
  readonly seq: number
  readonly event: ShowEvent
}

/** What the journal says of each show behind `from`, up to `to`. */
async function readTails(sources: Sources, shard: number, from: number, to: number): Promise<Map<string, Tail[]>> {
  const tails = new Map<string, Tail[]>()
  let after = from
  while (after < to) {
    const rows = await sources.journal.read(shard, after, READ_FRAMES)
    if (rows.length === 0) break
    for (const row of rows) {
      // A newer owner's frames are not part of what was claimed.
      if (row.seq > to) break
      if (row.seq !== after + 1) throw damaged(shard, after + 1, 'is missing')
      collect(tails, row)
      after = row.seq
    }
  }
  if (after < to) throw damaged(shard, after + 1, 'is missing')
  return tails
}

function collect(tails: Map<string, Tail[]>, row: FrameRow): void {
  for (const { show, event } of frameOf(row).entries) {
    const tail = tails.get(show)
    if (tail === undefined) tails.set(show, [{ seq: row.seq, event }])
    else tail.push({ seq: row.seq, event })
  }
}

function frameOf(row: FrameRow): ReturnType<typeof decodeFrame> {
  try {
    return decodeFrame(row.bytes)
  } catch (error) {
    throw damaged(row.shard, row.seq, error instanceof Damaged ? error.message : String(error))
  }
}

/** What is stored of a show; null where its journal has its beginning. */
async function stored(sources: Sources, row: SnapshotRow | null): Promise<Recovered | null> {
  if (row === null) return null
  return { id: row.show, inventory: await restore(sources, row), lastSeq: row.seq, snapshotSeq: row.seq }
}

async function replay(
  sources: Sources,
  shard: number,
  id: string,
  from: Recovered | null,
  tail: readonly Tail[]
): Promise<Recovered> {
  let inventory = from?.inventory ?? null
  const { snapshotSeq, lastSeq: known } = from ?? { snapshotSeq: 0, lastSeq: 0 }
  let lastSeq = known
  for (const { seq, event } of tail) {
    if (seq <= known) continue
    if (inventory === null) {
      if (event.kind !== 'created') throw damaged(shard, seq, `has show ${id}, which was never created`)
      inventory = new Inventory(event.definition, await sources.plans.get(event.definition.planHash))
    }
    try {
      apply(inventory, event)
    } catch (error) {
      throw damaged(shard, seq, `does not fit what came before it in show ${id}: ${String(error)}`)
    }
    lastSeq = seq
  }
  if (inventory === null) throw damaged(shard, lastSeq, `leaves show ${id} without a beginning`)
  return { id, inventory, lastSeq, snapshotSeq }
}

async function restore(sources: Sources, row: SnapshotRow): Promise<Inventory> {
  const what = `snapshot of show ${row.show} in shard ${row.shard}`
  const { planHash } = whole(what, () => snapshotDefinition(row.bytes))
  const plan = await sources.plans.get(planHash)
  const inventory = whole(what, () => decodeSnapshot(row.bytes, plan))
  inventory.keys.sealed.isUnread = true
  return inventory
}

/** What is read from stored bytes; `what` they are is in the error where they are damaged. */
function whole<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new JournalError('damaged', `${what}: ${String(error)}`)
  }
}

function damaged(shard: number, seq: number, what: string): JournalError {
  return new JournalError('damaged', `frame ${seq} of shard ${shard} ${what}`)
}
