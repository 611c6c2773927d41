// Two shows for an empty database, so that there is something to look at: made as an admin would make
// them, through the same checks.
import { createShow, type ShowMaking } from '../catalogue/create-show.ts'
import type { Log } from '../log.ts'
import type { ShowReads } from '../ports.ts'
import { ARENA_PRICES, demoArena, demoHall, HALL_PRICES } from './demo-plans.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const DEMO_USER = 'demo'

export interface DemoParts extends ShowMaking {
  readonly showReads: ShowReads
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Does nothing where there is a show already. */
export async function createDemo(parts: DemoParts): Promise<void> {
  const { items } = await parts.showReads.list(1, null)
  if (items.length > 0) return
  const shows = [
    { id: 'demo-hall', title: 'An evening at the hall', inDays: 30, plan: demoHall(), prices: HALL_PRICES },
    { id: 'demo-arena', title: 'One night at the arena', inDays: 60, plan: demoArena(), prices: ARENA_PRICES }
  ]
  for (const { inDays, ...show } of shows) {
    const startsAt = evening(parts.now() + inDays * DAY_MS)
    const body = Buffer.from(JSON.stringify({ ...show, startsAt, currency: 'EUR' }))
    // A key, so that nodes that start together make each show once.
    const reply = await createShow(parts, DEMO_USER, `demo ${show.id}`, body)
    if (reply.problem === null) parts.log.info({ show: show.id }, 'made a demo show')
    else parts.log.warn({ show: show.id, detail: reply.problem.detail }, 'a demo show was not made')
  }
}

/** 19:30 UTC on the day of `epochMs`. */
function evening(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 10)}T19:30:00Z`
}
