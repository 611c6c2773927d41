// Buyers of a flash sale: each comes when it comes, wants one to four of the best seats of one show, thinks, and books,
// or is not seen again. Latencies of both steps count from when they should have been asked.
import type { Driver } from '../peers/peer.ts'
import { createRandom } from '../random.ts'
import { type FrontrowDriver, NO_ANSWER } from './drivers/frontrow-driver.ts'
import type { JourneyPlan, LoadPlan } from './load.ts'
import { atArrivals, type Running } from './loops.ts'
import type { Recorder } from './recorder.ts'

const PARTY_MAX = 4

export function startJourneys(plan: LoadPlan, journey: JourneyPlan, driver: Driver, recorder: Recorder): Running {
  if (!('link' in driver)) throw new Error(`${plan.system} can only be asked for holds`)
  if (plan.loop.kind !== 'open') throw new Error('buyers come by an arrival rate')
  const { link, wording } = driver as FrontrowDriver
  const { shows, seed } = plan.trace
  const random = createRandom(seed + 1)
  let lastKey = 0
  let underWay = 0
  let stopped = false

  const chooseShow = () => {
    const hot = Math.min(journey.hotShows, shows)
    return hot === shows || random.next() < journey.hotShare ? random.below(hot) : hot + random.below(shows - hot)
  }

  function arrive(since: number): void {
    const show = chooseShow()
    const user = ++lastKey
    const members = wording.hold(wording.best(1 + random.below(PARTY_MAX)), `h${user}`)
    underWay++
    link.ask('hold', show, { user, members }, (bytes, start, end) => {
      underWay--
      const now = performance.now()
      if (bytes === null) return note(NO_ANSWER, since, now)
      const hold = wording.answers.hold(bytes, start, end)
      if (hold === null) return wording.answers.one(bytes, start, end, (_, code) => note(code!, since, now))
      recorder.granted(now - since, now)
      if (random.next() < journey.abandonShare) return
      const thinkMs = -Math.log(1 - random.next()) * journey.thinkMs
      setTimeout(() => book(show, user, hold, now + thinkMs), thinkMs)
    })
  }

  function book(show: number, user: number, hold: string, since: number): void {
    if (stopped) return
    underWay++
    link.ask('book', show, { user, members: wording.book(hold, `b${user}`) }, (bytes, start, end) => {
      underWay--
      const now = performance.now()
      if (bytes === null) return note(`book: ${NO_ANSWER}`, since, now)
      wording.answers.one(bytes, start, end, (result, code) => {
        if (result === 'granted') recorder.step('book', now - since)
        else note(`book: ${code}`, since, now)
      })
    })
  }

  function note(code: string, since: number, now: number): void {
    if (code.endsWith(NO_ANSWER)) recorder.failed()
    else recorder.refused(code, now - since)
  }

  const stopArrivals = atArrivals(plan.loop.curve, seed, recorder, arrive)
  return {
    get underWay() {
      return underWay
    },
    ranOut: false,
    stop: () => {
      stopped = true
      stopArrivals()
    }
  }
}
