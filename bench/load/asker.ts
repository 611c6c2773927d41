// Takes requests from the trace, asks them of the driver and notes what comes of them; when to ask the next is the
// loop's business. A persistent asker asks again, with the same key, whatever failed or was refused for now.
import type { Driver, HoldRequest, HoldResult } from '../peers/peer.ts'
import type { Recorder } from './recorder.ts'
import type { Trace } from './trace.ts'

export interface Asker {
  /** Requests under way. */
  readonly underWay: number
  readonly ranOut: boolean
  /** One message. `since`: when it should have been sent. False when every seat was asked for. */
  ask(since: number): boolean
}

export interface AskerOptions {
  readonly driver: Driver
  readonly trace: Trace
  readonly recorder: Recorder
  readonly persistent: boolean
  /** All of a message is answered, at `now`. */
  readonly answered: (now: number) => void
}

const AGAIN_MS = 50
const FOR_NOW: ReadonlySet<string> = new Set(['busy', 'unavailable', 'rate_limited'])

export function createAsker({ driver, trace, recorder, persistent, answered }: AskerOptions): Asker {
  let underWay = 0
  let ranOut = false

  function note(result: HoldResult, code: string, since: number, now: number): void {
    underWay--
    if (result === 'granted') recorder.granted(now - since, now)
    else if (result === 'refused') recorder.refused(code, now - since)
    else recorder.failed()
  }

  function askOne(request: HoldRequest, since: number): void {
    driver.hold(request, (result, code = result) => {
      if (persistent && (result === 'failed' || FOR_NOW.has(code))) {
        recorder.repeated()
        setTimeout(() => askOne(request, since), AGAIN_MS)
        return
      }
      const now = performance.now()
      note(result, code, since, now)
      answered(now)
    })
  }

  function askMany(requests: readonly HoldRequest[], since: number): void {
    let left = requests.length
    driver.holdMany(requests, (_, result, code = result) => {
      const now = performance.now()
      note(result, code, since, now)
      if (--left === 0) answered(now)
    })
  }

  return {
    get underWay() {
      return underWay
    },
    get ranOut() {
      return ranOut
    },
    ask: (since) => {
      const requests = trace.next()
      if (requests.length === 0) {
        ranOut = true
        return false
      }
      underWay += requests.length
      if (requests.length === 1) askOne(requests[0]!, since)
      else askMany(requests, since)
      return true
    }
  }
}
