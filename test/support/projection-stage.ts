// A journal with projections over it: what the tests of the read model commit, project and look at.
import type { Pool } from 'pg'
import type { Observer } from '../../actors/ports.ts'
import { encodeFrame, type FrameEntry } from '../../core/codec/frame-codec.ts'
import type { ShowEvent } from '../../core/event.ts'
import { DEFAULT_POLICY } from '../../core/policy.ts'
import type { ShowDefinition } from '../../core/show.ts'
import { Projector } from '../../persistence/projection/projector.ts'
import { append } from '../journal-contract.ts'
import { storesOn } from './databases.ts'
import { frame } from './frame.ts'

export const T = Date.parse('2027-03-01T20:00:00.000Z')
export const SEAT_IDS = Array.from({ length: 12 }, (_, seat) => `A-${seat + 1}`)
const WAIT_MS_MAX = 10_000

export interface Incident {
  readonly level: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

export interface ProjectionStage {
  readonly pool: Pool
  readonly incidents: Incident[]
  /** Those of `shard`: a projector also meets what other tests left damaged. */
  incidentsOf(shard: number): readonly Incident[]
  /** Commits a frame of `entries`, or of these bytes, on `shard`; answers its seq. */
  commit(shard: number, content: readonly FrameEntry[] | Uint8Array): Promise<number>
  projector(): Projector
  /** Projects all of `shard` and stops. */
  project(shard: number): Promise<boolean>
  checkpoint(shard: number): Promise<void>
  rows(table: string, show: string): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

export async function projectionStage(url: string): Promise<ProjectionStage> {
  const { pool, journal, ...stores } = await storesOn(url)
  const seqs = new Map<number, number>()
  const incidents: Incident[] = []
  const observer: Pick<Observer, 'incident'> = {
    incident: (level, message, facts) => incidents.push({ level, message, facts })
  }
  const projector = () => new Projector({ pool, isEmbedded: false, observer, seatIds: async () => SEAT_IDS })
  const seqOf = (shard: number) => seqs.get(shard) ?? 0
  return {
    pool,
    incidents,
    incidentsOf: (shard) => incidents.filter(({ facts }) => facts?.shard === shard),
    commit: async (shard, content) => {
      if (!seqs.has(shard)) await journal.claim([shard], 'projection', 60_000)
      const seq = seqOf(shard) + 1
      const bytes =
        content instanceof Uint8Array ? content : encodeFrame({ stampedAt: timeOf(content), entries: content })
      const { moved } = await append(journal, frame(shard, seq, 1, bytes))
      if (moved.length === 0) throw new Error(`frame ${seq} of shard ${shard} was not appended`)
      seqs.set(shard, seq)
      return seq
    },
    projector,
    project: async (shard) => {
      const own = projector()
      const isThere = await own.caughtUp(shard, seqOf(shard), WAIT_MS_MAX)
      await own.stop()
      return isThere
    },
    checkpoint: (shard) => journal.checkpoint(shard, 1, seqOf(shard)),
    rows: async (table, show) => {
      const order = { shows: 1, bookings: 'booking_id', booking_seats: 'booking_id, seat_index', holds: 'hold' }[table]
      return (await pool.query(`select * from frontrow.${table} where show_id = $1 order by ${order}`, [show])).rows
    },
    close: stores.close
  }
}

/** All events of a frame happened at one time. */
function timeOf([first]: readonly FrameEntry[]): number {
  return first?.event.at ?? T
}

export function created(show: string, change: Partial<ShowDefinition> = {}): FrameEntry {
  const definition: ShowDefinition = {
    id: show,
    title: 'Hamlet',
    startsAt: T + 86_400_000,
    currency: 'EUR',
    planHash: 'plan',
    prices: { Stalls: 5_000 },
    policy: DEFAULT_POLICY,
    ...change
  }
  return entry(show, T, { kind: 'created', definition })
}

/** An event of `show` at `at`, by `user` where nobody is named. */
export function entry(show: string, at: number, event: EventOf<ShowEvent>, user = 'mia'): FrameEntry {
  return { show, event: { at, user, key: '', fingerprint: 0, ...event } as ShowEvent }
}

type EventOf<E> = E extends ShowEvent ? Omit<E, 'at' | 'user' | 'key' | 'fingerprint'> : never
