// Lists in pages: where the next page starts is the place of the last row of the one before, so that rows that come
// and go in between neither repeat nor hide others.

import { TIME_MAX, TIME_MIN } from '../../core/limits.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page starts; null when this is the last. */
  readonly next: string | null
}

/** A row's place in its list: a time in epoch milliseconds, and an id for those of the same time. */
export interface Place {
  readonly at: number
  readonly id: string
}

/** `rows` were asked for with one more than `limit`, to know whether there are more. */
export function pageOf<T>(rows: readonly T[], limit: number, place: (row: T) => Place): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null }
}

/** null where `cursor` is none of ours: the list then starts anew. */
export function placeOf(cursor: string | null): Place | null {
  const [, at, id] = /^(-?\d{1,15})\.([^\0]+)$/.exec(Buffer.from(cursor ?? '', 'base64url').toString()) ?? []
  if (at === undefined || id === undefined) return null
  const place = { at: Number(at), id }
  // Postgres cannot read what is further away, and nothing of ours is.
  return place.at < TIME_MIN || place.at > TIME_MAX ? null : place
}

function cursorOf({ at, id }: Place): string {
  return Buffer.from(`${at}.${id}`).toString('base64url')
}
