// One chunk of a shard's journal → the read model: as many frames as make about so many events.
import type { Pool } from 'pg'
import type { FrameRow } from '../../actors/ports.ts'
import { decodeFrame, type FrameEntry } from '../../core/codec/frame-codec.ts'
import { readFrames } from '../postgres/postgres-journal.ts'
import { ProjectionRows, type ShowFacts } from './projection-rows.ts'
import { writeProjection } from './projection-write.ts'

/** Seat ids of a plan by seat index. */
export type SeatIds = (planHash: string) => Promise<readonly string[]>

/** A frame that cannot be projected, now or later. */
export interface Damage {
  readonly seq: number
  readonly error: unknown
}

interface Chunk {
  readonly entries: readonly FrameEntry[]
  readonly to: number
  readonly damage: Damage | null
}

interface ShowRow {
  readonly show: string
  readonly currency: string
  readonly planHash: string
}

/** What is read for an event: most take 30 to 100. */
const BYTES_PER_EVENT = 128

const POSITION = `
  insert into frontrow.projection_position as p (shard, seq) values ($1, 0)
  on conflict (shard) do update set seq = p.seq returning seq`
const SHOWS = 'select show_id as show, currency, plan_hash as "planHash" from frontrow.shows where show_id = any($1)'

export async function positionOf(pool: Pool, shard: number): Promise<number> {
  return (await pool.query<{ seq: number }>(POSITION, [shard])).rows[0]!.seq
}

/**
 * Projects frames of `shard` after `from`, one at least. Answers the position then, null where others have moved it
 * meanwhile, and the frame that ended it, if one did.
 */
export async function projectChunk(
  pool: Pool,
  seatIds: SeatIds,
  shard: number,
  from: number,
  eventsMax: number
): Promise<{ position: number | null; damage: Damage | null }> {
  const frames = await readFrames(pool, shard, from, eventsMax, eventsMax * BYTES_PER_EVENT)
  const { entries, to, damage } = decodeChunk(from, frames, eventsMax)
  if (to === from) return { position: from, damage }
  const facts = await factsOf(pool, seatIds, entries)
  const rows = new ProjectionRows((show) => facts.get(show)!)
  for (const entry of entries) rows.add(entry)
  const isWritten = await writeProjection(pool, shard, from, to, rows)
  return isWritten ? { position: to, damage } : { position: null, damage: null }
}

/** The entries of `frames` up to `to`: as many as make a chunk, or up to the first that cannot be read. */
function decodeChunk(from: number, frames: readonly FrameRow[], eventsMax: number): Chunk {
  const entries: FrameEntry[] = []
  let to = from
  for (const { seq, bytes } of frames) {
    if (entries.length >= eventsMax) break
    try {
      if (seq !== to + 1) throw new Error(`the frame after ${to} is missing`)
      for (const entry of decodeFrame(bytes).entries) entries.push(entry)
      to = seq
    } catch (error) {
      return { entries, to, damage: { seq: to + 1, error } }
    }
  }
  return { entries, to, damage: null }
}

/** Of the shows that are sold or defined in `entries`. */
async function factsOf(
  pool: Pool,
  seatIds: SeatIds,
  entries: readonly FrameEntry[]
): Promise<ReadonlyMap<string, ShowFacts>> {
  const shows = new Map<string, { readonly currency: string; readonly planHash: string }>()
  const sold = new Set<string>()
  for (const { show, event } of entries) {
    if (event.kind === 'created' || event.kind === 'changed') shows.set(show, event.definition)
    else if (event.kind === 'booked') sold.add(show)
  }
  const unknown = [...sold].filter((show) => !shows.has(show))
  if (unknown.length > 0) {
    const { rows } = await pool.query<ShowRow>(SHOWS, [unknown])
    for (const row of rows) shows.set(row.show, row)
  }
  const facts = new Map<string, ShowFacts>()
  for (const [show, { currency, planHash }] of shows) facts.set(show, { currency, seatIds: await seatIds(planHash) })
  return facts
}
