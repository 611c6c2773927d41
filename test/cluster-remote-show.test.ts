// A show of another node as it is followed here: whatever its owner pushes and answers, and in whatever order, viewers
// get a feed without gaps, and a look shows what was committed when it was asked for.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Looked, LookNeeds } from '../actors/cluster/packet.ts'
import { RemoteShow } from '../actors/cluster/remote-show.ts'
import type { Diff, ShowView } from '../actors/outcome.ts'
import { UNAVAILABLE } from '../actors/shard-host.ts'
import type { Plan } from '../core/plan/plan.ts'
import { type Refusal, refuse } from '../core/refusal.ts'
import { describeStatuses } from './support/memory-node.ts'
import { definitionOf, planJson, planOf, SHOW } from './support/small-show.ts'

/** Seats A1 to A16, in this order. */
const PLAN = planOf(planJson([{ row: 'A', count: 16, zone: 'Stalls', category: 'Front' }]))
const BUSY = refuse('busy', 'later')

interface Ask {
  readonly isFollowing: boolean
  readonly needs: LookNeeds
  readonly answer: (face: Looked['face'] | undefined) => Promise<void>
}

let show: RemoteShow
/** Looks that were sent and are not answered yet, oldest first. */
let asks: Ask[]
/** What viewers got: `diff 5.2`, or `snapshot 5.2 A1 held`. */
let pushed: string[]
let plans: (hash: string) => Promise<Plan>

beforeEach(() => {
  asks = []
  pushed = []
  plans = async () => PLAN
  show = new RemoteShow({
    id: SHOW,
    feed: {
      isBehind: () => false,
      onBehind: () => {},
      diff: (_, { epoch, seq }) => pushed.push(`diff ${epoch}.${seq}`),
      snapshot: (_, view) => pushed.push(`snapshot ${textOf(view)}`),
      holdExpired: () => {}
    },
    planOf: (hash) => plans(hash),
    look: (isFollowing, needs, done) => {
      const answer = async (face: Looked['face'] | undefined) => {
        asks.splice(
          asks.findIndex((one) => one.answer === answer),
          1
        )
        done(face === undefined ? null : { id: 1, shard: 0, seq: 0, face })
        await turn()
      }
      asks.push({ isFollowing, needs, answer })
    }
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function textOf(view: ShowView): string {
  return `${view.epoch}.${view.seq} ${describeStatuses(view.plan, view.statuses)}`.trim()
}

/** The whole show at (epoch, seq), with the first `held` seats held. */
function whole(epoch: number, seq: number, held = 0): Looked['face'] {
  const statuses = Uint8Array.from(PLAN.ids, (_, seat) => (seat < held ? 1 : 0))
  return { kind: 'whole', definition: definitionOf(), epoch, seq, statuses }
}

function position(epoch: number, seq: number): Looked['face'] {
  return { kind: 'position', epoch, seq }
}

/** A diff that holds the seat `seat`; without one, what is not seats has changed. */
function diff(epoch: number, seq: number, seat?: number): Diff {
  return { epoch, seq, changes: Uint32Array.from(seat === undefined ? [] : [seat, 1]) }
}

/** What came of a look: the view, or the refusal's code, or null; undefined as long as nothing has. */
function look(): { seen: string | null | undefined } {
  const looked: { seen: string | null | undefined } = { seen: undefined }
  show.look((view: ShowView | null, refusal: Refusal | null) => {
    looked.seen = view === null ? (refusal?.code ?? null) : textOf(view)
  })
  return looked
}

/** Follows the show, and has all of it at (epoch, seq). */
async function follow(epoch: number, seq: number, held = 0): Promise<void> {
  show.isFollowing = true
  look()
  await asks[0]!.answer(whole(epoch, seq, held))
  pushed = []
}

describe('a look', () => {
  it('CLUSTER-13: brings all of the show, which is kept only while somebody watches it', async () => {
    const first = look()
    expect(asks.map(({ isFollowing, needs }) => [isFollowing, needs])).toEqual([[false, 'whole']])
    await asks[0]!.answer(whole(5, 7, 2))
    expect(first.seen).toBe('5.7 A1 held, A2 held')
    expect(show.face).toMatchObject({ definition: { id: SHOW, currency: 'EUR' }, epoch: 5 })
    look()
    expect(asks[0]!.needs).toBe('whole')
    expect(pushed).toEqual([])
  })

  it('CLUSTER-14: that is asked for while another is under way gets one that is sent after it', async () => {
    const [first, second, third] = [look(), look(), look()]
    expect(asks).toHaveLength(1)
    await asks[0]!.answer(whole(5, 1))
    expect([first.seen, second.seen]).toEqual(['5.1', undefined])
    await asks[0]!.answer(whole(5, 2))
    expect([second.seen, third.seen, asks.length]).toEqual(['5.2', '5.2', 0])
  })

  it('CLUSTER-14: at a show that is followed asks for its position alone, and shows no less', async () => {
    await follow(5, 1)
    const looked = look()
    expect(asks.map(({ isFollowing, needs }) => [isFollowing, needs])).toEqual([[true, 'position']])
    show.diff(diff(5, 2, 0))
    show.diff(diff(5, 3, 1))
    await asks[0]!.answer(position(5, 2))
    expect(looked.seen).toBe('5.3 A1 held, A2 held')
  })

  it.each([
    ['a diff got lost', position(5, 3)],
    ['the feed has a newer epoch', position(6, 1)]
  ])('CLUSTER-14: asks for all of it where it is behind: %s', async (_name, at) => {
    await follow(5, 2)
    const looked = look()
    await asks[0]!.answer(at)
    expect([looked.seen, asks.map(({ needs }) => needs)]).toEqual([undefined, ['whole']])
    await asks[0]!.answer(whole(6, 4, 1))
    expect(looked.seen).toBe('6.4 A1 held')
    expect(pushed).toEqual(['snapshot 6.4 A1 held'])
  })

  it.each([
    ['that there is no such show', null, null],
    ['that it cannot be shown', BUSY, 'busy'],
    ['nothing in time', undefined, 'unavailable']
  ])('CLUSTER-13: is answered with %s', async (_name, face, expected) => {
    const looked = look()
    await asks[0]!.answer(face)
    expect([looked.seen, show.face]).toEqual([expected, null])
  })

  it('CLUSTER-13: is unavailable where its plan cannot be had, and the next one tries again', async () => {
    plans = async () => Promise.reject(new Error('no database'))
    const looked = look()
    await asks[0]!.answer(whole(5, 1))
    expect(looked.seen).toBe(UNAVAILABLE.code)
    plans = async () => PLAN
    const again = look()
    await asks[0]!.answer(whole(5, 1))
    expect(again.seen).toBe('5.1')
  })
})

describe('the feed of a show that is followed', () => {
  it('CLUSTER-15: goes on to viewers as it comes, each diff once', async () => {
    await follow(5, 1)
    for (const one of [diff(5, 2, 0), diff(5, 2, 0), diff(5, 1, 9), diff(4, 3, 9), diff(5, 3, 1)]) show.diff(one)
    expect(pushed).toEqual(['diff 5.2', 'diff 5.3'])
    expect(show.since(5, 1)?.map(({ seq }) => seq)).toEqual([2, 3])
    expect(show.since(5, 3)).toEqual([])
    expect([show.since(5, 0), show.since(4, 1), show.since(5, 4)]).toEqual([null, null, null])
  })

  it.each([
    ['a diff is missing', diff(5, 3, 1)],
    ['there is a newer epoch', diff(6, 1, 1)],
    ['what is not seats has changed', diff(5, 2)]
  ])('CLUSTER-15: begins anew with a snapshot where %s', async (_name, next) => {
    await follow(5, 1)
    show.diff(next)
    expect(show.since(5, 1)).toBeNull()
    expect(pushed).toEqual([])
    await asks[0]!.answer(whole(6, 4, 2))
    expect(pushed).toEqual(['snapshot 6.4 A1 held, A2 held'])
    expect(show.since(6, 4)).toEqual([])
    expect(asks).toEqual([])
  })

  it('CLUSTER-15: gives whoever comes back no diffs of an epoch that is over', async () => {
    await follow(5, 1)
    for (const one of [diff(5, 2, 0), diff(5, 3, 1)]) show.diff(one)
    show.restarted(6)
    await asks[0]!.answer(whole(6, 3, 2))
    expect([show.since(6, 2), show.since(6, 3)]).toEqual([null, []])
  })

  it('CLUSTER-16: takes in the diffs that came before the whole they follow', async () => {
    show.isFollowing = true
    const looked = look()
    for (const one of [diff(5, 2, 0), diff(5, 3, 1), diff(5, 4, 2), diff(5, 5, 3)]) show.diff(one)
    await asks[0]!.answer(whole(5, 3, 2))
    expect(looked.seen).toBe('5.5 A1 held, A2 held, A3 held, A4 held')
    expect(pushed).toEqual(['snapshot 5.5 A1 held, A2 held, A3 held, A4 held'])
    show.diff(diff(5, 6, 4))
    expect(pushed.at(-1)).toBe('diff 5.6')
  })

  it.each([
    ['some are missing between them and it', [diff(5, 5, 1)]],
    ['they are of a newer epoch', [diff(6, 1, 1)]],
    ['one says that what is not seats has changed', [diff(5, 4)]]
  ])('CLUSTER-16: asks for the whole once more where %s', async (_name, early) => {
    show.isFollowing = true
    const looked = look()
    for (const one of early) show.diff(one)
    await asks[0]!.answer(whole(5, 3))
    expect([looked.seen, pushed, asks.map(({ needs }) => needs)]).toEqual([undefined, [], ['whole']])
    await asks[0]!.answer(whole(6, 2, 1))
    expect([looked.seen, pushed]).toEqual(['6.2 A1 held', ['snapshot 6.2 A1 held']])
  })

  it('CLUSTER-16: with more diffs than it keeps, too', async () => {
    show.isFollowing = true
    look()
    for (let seq = 4; seq < 104; seq++) show.diff(diff(5, seq, seq % 16))
    await asks[0]!.answer(whole(5, 3))
    expect([pushed, asks.map(({ needs }) => needs)]).toEqual([[], ['whole']])
  })

  it('CLUSTER-17: begins anew when its owner numbers it anew, once', async () => {
    await follow(5, 9)
    show.restarted(5)
    show.restarted(4)
    expect(asks).toEqual([])
    show.restarted(6)
    await asks[0]!.answer(whole(6, 0))
    expect([pushed, asks.length]).toEqual([['snapshot 6.0'], 0])
  })

  it('CLUSTER-17: goes on to be asked for while nobody owns the show', async () => {
    await follow(5, 9)
    show.renew()
    await asks[0]!.answer(undefined)
    expect([pushed, asks.length]).toEqual([[], 0])
    const looked = look()
    expect(asks.map(({ isFollowing, needs }) => [isFollowing, needs])).toEqual([[true, 'whole']])
    await asks[0]!.answer(whole(6, 0, 1))
    expect([looked.seen, pushed]).toEqual(['6.0 A1 held', ['snapshot 6.0 A1 held']])
  })

  it('CLUSTER-17: what was asked of an owner that is no more is not taken for the new one’s', async () => {
    await follow(5, 9)
    show.renew()
    show.renew()
    await asks[0]!.answer(whole(5, 10, 1))
    // The second word came after that was asked: the show is looked at once more, and is not what it was.
    expect(asks).toHaveLength(1)
    await asks[0]!.answer(position(6, 0))
    await asks[0]!.answer(whole(6, 0, 2))
    expect(pushed).toEqual(['snapshot 5.10 A1 held', 'snapshot 6.0 A1 held, A2 held'])
  })

  it('CLUSTER-17: never goes back to an epoch that is over', async () => {
    await follow(5, 9)
    const looked = look()
    show.diff(diff(5, 11, 0))
    await asks[0]!.answer(position(5, 9))
    await asks[0]!.answer(whole(6, 3))
    const late = look()
    await asks[0]!.answer(whole(5, 12, 3))
    expect(pushed).toEqual(['snapshot 6.3'])
    expect([looked.seen, late.seen]).toEqual(['6.3', 'unavailable'])
  })

  it('CLUSTER-52: is confirmed by where it was last pushed, and asked for as a whole where that is not here', async () => {
    await follow(5, 9)
    show.confirm()
    show.confirm()
    expect(asks.map(({ isFollowing, needs }) => [isFollowing, needs])).toEqual([[true, 'pushed']])
    await asks[0]!.answer(position(5, 9))
    expect(asks).toEqual([])
    show.confirm()
    const looked = look()
    await asks[0]!.answer(position(5, 10))
    expect([looked.seen, asks.map(({ needs }) => needs)]).toEqual([undefined, ['whole']])
    await asks[0]!.answer(whole(5, 11, 1))
    expect([looked.seen, asks.length]).toEqual(['5.11 A1 held', 0])
  })

  it('CLUSTER-15: ends when nobody watches, and nothing of it is taken for what comes later', async () => {
    await follow(5, 1)
    show.diff(diff(5, 2, 0))
    show.stop()
    expect([show.since(5, 1), show.isIdle]).toEqual([null, true])
    show.isFollowing = true
    look()
    await asks[0]!.answer(whole(5, 2, 1))
    show.diff(diff(5, 3, 1))
    expect(pushed).toEqual(['diff 5.2', 'snapshot 5.2 A1 held', 'diff 5.3'])
  })
})
