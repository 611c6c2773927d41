// Fills a journal with holds that are made and run out, through the actors as a server would, but without doors, and
// without those who read it: they are told that they have. In a process of its own, which owns the shows meanwhile.
import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { ReplySink } from '../../../actors/outcome.ts'
import type { HoldCommand } from '../../../core/command.ts'
import { parentOf } from '../../child.ts'
import { openRegion } from '../../region.ts'
import { createTrace } from '../trace.ts'
import type { FillJournal, FromFiller } from './protocol.ts'

const UNDERWAY = 8_192
const SKIP_MS = 500
const SKIP = [
  `update frontrow.projection_position p set seq = h.seq
   from frontrow.shard_head h where h.shard = p.shard and h.seq > p.seq`,
  `update frontrow.event_position p set seq = h.seq, events = 0
   from frontrow.shard_head h where h.shard = p.shard and h.seq > p.seq`
]

const parent = parentOf<FromFiller, FillJournal>((message) => void fill(message))

async function fill({ url, shards, showIds, trace, events: wanted }: FillJournal): Promise<void> {
  let events = 0
  const { region, pool, close } = await openRegion(url, shards, (count) => {
    events += count
  })
  let isDone = false
  const skipping = skipUntil(
    () => isDone,
    pool,
    () => parent.send({ kind: 'filling', events })
  )
  await new Promise<void>((resolve) => {
    const requests = createTrace(trace)
    let underWay = 0
    let isDue = false
    const ask = () => {
      isDue = false
      while (underWay < UNDERWAY && events < wanted) {
        for (const { show, seats, user, key } of requests.next()) {
          underWay++
          region.submit(holdOf(showIds[show]!, seats, `buyer-${user}`, `fill-${trace.seed}-${key}`), sink, 0)
        }
      }
      if (underWay === 0) resolve()
    }
    const sink: ReplySink = {
      reply: () => {
        underWay--
        if (!isDue) setImmediate(ask)
        isDue = true
      }
    }
    ask()
  })
  isDone = true
  await skipping
  await close()
  parent.send({ kind: 'filled', events })
}

function holdOf(show: string, seats: readonly number[], user: string, key: string): HoldCommand {
  return { op: 'hold', show, user, admin: false, key, seats, best: null }
}

/** Once more when it is done. */
async function skipUntil(isDone: () => boolean, pool: Pool, each: () => void): Promise<void> {
  for (let last = false; !last; ) {
    last = isDone()
    for (const text of SKIP) await pool.query(text)
    each()
    if (!last) await delay(SKIP_MS)
  }
}
