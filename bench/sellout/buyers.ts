// A process full of buyers. Says every tenth of a second how far they are, and hands over their records at the end.
import { setTimeout as delay } from 'node:timers/promises'
import { parentOf } from '../child.ts'
import { type Buyer, startBuyer } from './buyer.ts'
import type { CrowdStart, CrowdState, FromCrowd, ToCrowd } from './crowd.ts'

const STATE_MS = 100
const CATCH_UP_MS_MAX = 10_000

const buyers: Buyer[] = []
const users: string[] = []
const answers: Record<string, number> = {}
const granted: Record<string, number[]> = { hold: [], book: [] }
const firstAnswers: number[] = []
let disconnected = false

const parent = parentOf<FromCrowd, ToCrowd>((message) => {
  if (message.kind === 'start') start(message)
  else void finish(message.epoch, message.seq)
})

function start({ url, house, thinkMs, holdMs, buyers: wanted }: CrowdStart): void {
  for (const { user, token, seed } of wanted) {
    const buyer = startBuyer({
      ...{ url, token, user, seed, house, thinkMs, holdMs },
      closed: () => {
        disconnected = true
      },
      answered: (op, answer, ms) => {
        const name = `${op} ${answer.ok ? 'ok' : answer.error.code}`
        answers[name] = (answers[name] ?? 0) + 1
        if (!answer.ok) return
        granted[op]?.push(ms)
        if (disconnected) firstAnswers.push(Date.now())
        disconnected = false
      }
    })
    buyers.push(buyer)
    users.push(user)
  }
  setInterval(() => parent.send(state()), STATE_MS)
}

function state(): CrowdState {
  const count = (what: (buyer: Buyer) => boolean) => buyers.filter(what).length
  return {
    kind: 'state',
    seats: seatsSeen(),
    buyers: buyers.length,
    open: count((buyer) => buyer.isOpen),
    done: count((buyer) => buyer.isDone),
    forgotten: buyers.reduce((sum, buyer) => sum + buyer.forgotten, 0),
    answers,
    firstAnswers
  }
}

function seatsSeen(): CrowdState['seats'] {
  const { viewer } = buyers.reduce((best, buyer) => (isLater(buyer, best) ? buyer : best))
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  if (viewer.known) for (const status of viewer.statuses) counts[status as 0]++
  return counts
}

function isLater({ viewer: one }: Buyer, { viewer: other }: Buyer): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.seq > other.seq)
}

async function finish(epoch: number, seq: number): Promise<void> {
  const behind = () => buyers.some(({ viewer }) => viewer.epoch !== epoch || viewer.seq !== seq)
  for (const until = Date.now() + CATCH_UP_MS_MAX; behind() && Date.now() < until; ) await delay(50)
  parent.send({
    kind: 'report',
    records: buyers.flatMap(({ records }) => records),
    maps: buyers.map(({ viewer }, at) => ({
      user: users[at]!,
      epoch: viewer.epoch,
      seq: viewer.seq,
      statuses: viewer.statuses,
      disorder: viewer.disorder
    })),
    holdMs: granted.hold!,
    bookMs: granted.book!
  })
  for (const buyer of buyers) buyer.close()
}
