// The seat map of a show as JSON, cheap to ask for again and again: the text of a show's seats is written
// once, statuses are patched into it in place (20,000 seats: 30 ms once, 1 ms a patch), and whoever asks at
// the same time shares one body. A body is never older than the request it answers.
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Shows, ShowView } from '../../actors/outcome.ts'
import { SEAT_MAPS_BYTES_MAX } from '../../core/limits.ts'
import { STATUS_NAMES } from '../../core/plan/plan.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { ShowDefinition } from '../../core/show.ts'
import { isRefusal, viewOf } from './ask-show.ts'

export type Encoding = 'br' | 'gzip' | 'identity'

/** A show's map at (epoch, seq). */
interface SeatMap {
  readonly epoch: number
  readonly seq: number
  body(encoding: Encoding): Promise<Uint8Array>
}

export interface SeatMaps {
  get(show: string): Promise<SeatMap | Refusal>
}

/** `seats` is the members of the array `seats`; each status begins at an offset and has a fixed width. */
interface Template {
  readonly definition: ShowDefinition
  readonly seats: Buffer
  readonly statusAt: Uint32Array
}

interface Entry {
  template: Template
  map: SeatMap | null
  /** Compressing takes a core for 10 ms: a show gets a new body no sooner than five times that later. */
  restsUntil: number
}

const STATUS_WIDTH = Math.max(...STATUS_NAMES.map((name) => name.length)) + 2
/** Spaces behind a JSON string mean nothing: every status takes the same room. */
const STATUS_BYTES = STATUS_NAMES.map((name) => Buffer.from(`"${name}"`.padEnd(STATUS_WIDTH)))
const REST_FACTOR = 5
const REST_MS_MAX = 250

export function createSeatMaps(shows: Pick<Shows, 'view'>): SeatMaps {
  const entries = new Map<string, Entry>()
  const rendering = new Map<string, Promise<SeatMap | Refusal>>()

  async function render(show: string): Promise<SeatMap | Refusal> {
    const restMs = (entries.get(show)?.restsUntil ?? 0) - performance.now()
    // In any case not at once: until here others may join, and `get` has to have put this on record.
    await (restMs > 0 ? sleep(restMs) : undefined)
    rendering.delete(show)
    const view = await viewOf(shows, show)
    if (isRefusal(view)) return view
    const entry = entryOf(entries, show, view)
    if (entry.map === null || !isCurrent(entry.map, view)) entry.map = renderMap(entry, view)
    return entry.map
  }

  return {
    async get(show) {
      const view = await viewOf(shows, show)
      if (isRefusal(view)) return view
      const map = entries.get(show)?.map
      if (map && isCurrent(map, view)) return map
      let next = rendering.get(show)
      if (next === undefined) {
        next = render(show)
        rendering.set(show, next)
      }
      return next
    }
  }
}

function isCurrent(map: SeatMap, view: ShowView): boolean {
  return map.epoch === view.epoch && map.seq === view.seq
}

/** The entry of `show` with a template that fits, as the last one used; the first ones go when it gets much. */
function entryOf(entries: Map<string, Entry>, show: string, view: ShowView): Entry {
  const known = entries.get(show)
  const fits = known?.template.definition === view.definition
  const entry = known && fits ? known : { template: renderTemplate(view), map: null, restsUntil: 0 }
  entries.delete(show)
  entries.set(show, entry)
  let bytes = 0
  for (const { template } of entries.values()) bytes += template.seats.length * 2
  for (const [other, { template }] of entries) {
    if (bytes <= SEAT_MAPS_BYTES_MAX || other === show) break
    entries.delete(other)
    bytes -= template.seats.length * 2
  }
  return entry
}

function renderTemplate(view: ShowView): Template {
  const { plan, definition } = view
  const texts = new Array<string>(plan.seatCount)
  const statusAt = new Uint32Array(plan.seatCount)
  let at = 0
  for (let seat = 0; seat < plan.seatCount; seat++) {
    const { name } = plan.categories[plan.categoryOf[seat]!]!
    const members = {
      id: plan.ids[seat],
      zone: plan.zones[plan.zoneOf[seat]!],
      row: plan.rows[plan.rowOf[seat]!]?.label,
      number: plan.numbers[seat],
      category: name,
      price: definition.prices[name] ?? 0,
      x: round(plan.x[seat]!),
      y: round(plan.y[seat]!)
    }
    const text = `${seat === 0 ? '' : ','}${JSON.stringify(members).slice(0, -1)},"status":`
    at += Buffer.byteLength(text)
    statusAt[seat] = at
    at += STATUS_WIDTH + 1
    texts[seat] = `${text}${' '.repeat(STATUS_WIDTH)}}`
  }
  return { definition, seats: Buffer.from(texts.join('')), statusAt }
}

/** Positions are kept in 32 bits, which have seven digits: 0.1 is not to become 0.10000000149011612. */
function round(position: number): number {
  return Math.round(position * 1000) / 1000
}

function renderMap(entry: Entry, view: ShowView): SeatMap {
  const { epoch, seq, definition, statuses } = view
  const { seats, statusAt } = entry.template
  for (let seat = 0; seat < statusAt.length; seat++) {
    seats.set(STATUS_BYTES[statuses[seat]!]!, statusAt[seat]!)
  }
  const head = `{"showId":"${definition.id}","epoch":${epoch},"seq":${seq},"seats":[`
  const plain = Buffer.concat([Buffer.from(head), seats, Buffer.from(']}')])
  const bodies = new Map<Encoding, Promise<Uint8Array>>([['identity', Promise.resolve(plain)]])
  return {
    epoch,
    seq,
    body(encoding) {
      let body = bodies.get(encoding)
      if (body === undefined) {
        const startedAt = performance.now()
        body = compress(plain, encoding).finally(() => {
          const endedAt = performance.now()
          entry.restsUntil = endedAt + Math.min(REST_MS_MAX, REST_FACTOR * (endedAt - startedAt))
        })
        bodies.set(encoding, body)
      }
      return body
    }
  }
}

const gzipAside = promisify(gzip)
const brotliAside = promisify(brotliCompress)

/** In a thread of the pool. 2.7 MB: gzip 1 takes 16 ms to 500 KB, Brotli 2 takes 12 ms to 370 KB. */
function compress(plain: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === 'gzip') return gzipAside(plain, { level: 1 })
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  return brotliAside(plain, { params: { [BROTLI_PARAM_QUALITY]: 2, [BROTLI_PARAM_SIZE_HINT]: plain.length } })
}
