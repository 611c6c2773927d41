import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createArrivals, rateAt } from '../bench/load/arrivals.ts'
import { createNatsParser } from '../bench/load/drivers/nats-parser.ts'
import { startClosedLoop, startOpenLoop } from '../bench/load/loops.ts'
import { createRecorder } from '../bench/load/recorder.ts'
import { createTrace, type TracePlan } from '../bench/load/trace.ts'
import type { Driver, HoldRequest, HoldResult } from '../bench/peers/peer.ts'
import { createRandom } from '../bench/random.ts'

const PLAN: TracePlan = {
  ...{ shows: 4, seatsPerShow: 400, party: 4, showsAtOnce: 4, perMessage: 1, takenShare: 0 },
  ...{ users: 1_000, seed: 7, endless: false }
}

/** All that a trace has to ask, message by message. */
function messagesOf(plan: Partial<TracePlan> = {}): (readonly HoldRequest[])[] {
  const trace = createTrace({ ...PLAN, ...plan })
  const messages: (readonly HoldRequest[])[] = []
  for (let message = trace.next(); message.length > 0; message = trace.next()) messages.push(message)
  return messages
}

const seatsOf = ({ show, seats }: HoldRequest) => `${show}: ${seats.join()}`

describe('the trace', () => {
  it('BENCH-30: is the same for the same seed, and asks for every party once, of neighbours in one row', () => {
    const requests = messagesOf().flat()
    expect(requests).toEqual(messagesOf().flat())
    expect(requests).not.toEqual(messagesOf({ seed: 8 }).flat())
    expect(new Set(requests.map(seatsOf)).size).toBe(400)
    expect(requests).toHaveLength(400)
    expect(new Set(requests.map(({ key }) => key)).size).toBe(400)
    for (const { seats } of requests) {
      expect(seats).toEqual([0, 1, 2, 3].map((at) => seats[0]! + at))
      expect(Math.floor(seats[0]! / 40)).toBe(Math.floor(seats[3]! / 40))
    }
  })

  it('BENCH-30: asks for the stated share of seats a second time, under another key', () => {
    const requests = messagesOf({ seatsPerShow: 4_000, takenShare: 0.2 }).flat()
    const again = requests.length - new Set(requests.map(seatsOf)).size
    expect(again / requests.length).toBeCloseTo(0.2, 1)
    expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length)
  })

  it('BENCH-30: sells shows in lots, and a message is of one show', () => {
    const messages = messagesOf({ showsAtOnce: 2, perMessage: 16 })
    for (const message of messages) expect(new Set(message.map(({ show }) => show)).size).toBe(1)
    expect(messages.flat()).toHaveLength(400)
    const shows = messages.map((message) => message[0]!.show)
    expect(new Set(shows.slice(0, shows.length / 2))).toEqual(new Set([0, 1]))
    expect(new Set(shows.slice(shows.length / 2))).toEqual(new Set([2, 3]))
  })

  it('BENCH-30: begins again under new keys where it is endless, and says when a party fits nowhere', () => {
    const trace = createTrace({ ...PLAN, shows: 1, showsAtOnce: 1, seatsPerShow: 40, endless: true })
    const requests = Array.from({ length: 25 }, () => trace.next()[0]!)
    expect(new Set(requests.map(seatsOf)).size).toBe(10)
    expect(requests.map(({ key }) => key)).toEqual(requests.map((_, at) => at))
    expect(() => createTrace({ ...PLAN, seatsPerShow: 3 })).toThrow('no row of 4')
  })
})

describe('arrivals', () => {
  const curve = [
    { second: 1, perSecond: 100 },
    { second: 3, perSecond: 2_100 }
  ]

  it('BENCH-31: the rate lies on straight lines between the points of its curve', () => {
    expect([0, 1, 2, 3, 9].map((second) => rateAt(curve, second))).toEqual([100, 100, 1_100, 2_100, 2_100])
  })

  it('BENCH-31: as many come as the curve says, at the same times for the same seed', () => {
    const until = (ms: number) => {
      const next = createArrivals(curve, createRandom(3))
      const times: number[] = []
      for (let at = next(); at < ms; at = next()) times.push(at)
      return times
    }
    const times = until(5_000)
    expect(times).toEqual(until(5_000))
    const between = (from: number, to: number) => times.filter((at) => at >= from && at < to).length
    expect(between(3_000, 5_000) / 4_200).toBeCloseTo(1, 1)
    expect(between(1_000, 3_000) / 2_200).toBeCloseTo(1, 1)
  })
})

/** A system that answers when `answer` says so. */
function driverThat(answer: (request: HoldRequest, done: (result: HoldResult, code?: string) => void) => void): Driver {
  return { hold: answer, holdMany: () => {}, close: async () => {} }
}

describe('loops', () => {
  const options = () => ({
    trace: createTrace({ ...PLAN, endless: true }),
    recorder: createRecorder(),
    persistent: false
  })

  it('BENCH-32: an open loop counts from when a hold should have been sent, whatever became of the others', async () => {
    const { recorder, ...rest } = options()
    let isStalled = true
    let asked = 0
    const waiting: (() => void)[] = []
    const driver = driverThat((_, done) => {
      asked++
      if (isStalled) waiting.push(() => done('granted'))
      else setImmediate(() => done('granted'))
    })
    recorder.begin(performance.now())
    const running = startOpenLoop({ driver, recorder, ...rest }, [{ second: 0, perSecond: 500 }], 1)
    await delay(400)
    // Nobody was answered, and they came all the same: each is charged for the time it waited.
    expect(asked).toBeGreaterThan(50)
    isStalled = false
    for (const answer of waiting) answer()
    running.stop()
    recorder.end(performance.now())
    const { latency } = recorder.result(0, false)
    expect(latency.count).toBe(asked)
    expect(latency.msMax).toBeGreaterThan(300)
    expect(latency.msP50).toBeGreaterThan(100)
  })

  it('BENCH-32: also when it was the generator that was late, and tells how late', async () => {
    const { recorder, ...rest } = options()
    const driver = driverThat((_, done) => setImmediate(() => done('granted')))
    recorder.begin(performance.now())
    const running = startOpenLoop({ driver, recorder, ...rest }, [{ second: 0, perSecond: 500 }], 1)
    await delay(20)
    for (const until = performance.now() + 300; performance.now() < until; );
    await delay(20)
    running.stop()
    await delay(20)
    recorder.end(performance.now())
    const { latency, lateness } = recorder.result(0, false)
    expect(latency.msMax).toBeGreaterThan(200)
    expect(lateness.msMax).toBeGreaterThan(200)
  })

  it('BENCH-32: a closed loop has so many under way, and asks the next when one is answered', async () => {
    let most = 0
    let underWay = 0
    const driver = driverThat((_, done) => {
      most = Math.max(most, ++underWay)
      setImmediate(() => {
        underWay--
        done('granted')
      })
    })
    const running = startClosedLoop({ driver, ...options() }, 16)
    await delay(50)
    expect(running.underWay).toBe(16)
    running.stop()
    await delay(20)
    expect([running.underWay, most]).toEqual([0, 16])
  })

  it('BENCH-33: whoever persists asks again with the same key what failed or was refused for now, and nothing else', async () => {
    const answers: [HoldResult, string?][] = [
      ['failed'],
      ['refused', 'unavailable'],
      ['granted'],
      ['refused', 'seats_unavailable']
    ]
    const keys: number[] = []
    const driver = driverThat(({ key }, done) => {
      keys.push(key)
      const [result, code] = answers.shift() ?? ['granted']
      setImmediate(() => done(result, code))
    })
    const recorder = createRecorder()
    recorder.begin(performance.now())
    const running = startClosedLoop({ ...options(), driver, recorder, persistent: true }, 1)
    while (keys.length < 5) await delay(5)
    running.stop()
    await delay(20)
    recorder.end(performance.now())
    expect(keys.slice(0, 5)).toEqual([0, 0, 0, 1, 2])
    const { repeated, failed, refused } = recorder.result(0, false)
    expect([repeated, failed, refused]).toEqual([2, 0, { seats_unavailable: 1 }])
  })
})

describe('the recorder', () => {
  it('BENCH-34: counts nothing of the warm-up; grants, refusals by code and failures apart; intervals add up', () => {
    const recorder = createRecorder()
    recorder.granted(5, performance.now())
    const from = performance.now()
    recorder.begin(from)
    for (let at = 1; at <= 100; at++) recorder.granted(at, from + at)
    recorder.refused('busy', 1)
    const first = recorder.point(from + 500, 3)
    recorder.refused('seats_unavailable', 1)
    recorder.refused('seats_unavailable', 2)
    recorder.failed()
    recorder.granted(7, from + 900)
    recorder.point(from + 1_000, 4)
    recorder.end(from + 1_000)
    const result = recorder.result(2, true)
    expect([result.granted, result.failed, result.unanswered, result.ranOut]).toEqual([101, 1, 2, true])
    expect(result.refused).toEqual({ busy: 1, seats_unavailable: 2 })
    expect([result.latency.msMax, result.refusalLatency.count]).toEqual([expect.closeTo(100, 0), 3])
    expect(first.underWay).toBe(3)
    const granted = result.series.map(({ grantedPerSecond }) => grantedPerSecond)
    expect(granted[1]).toBe(2)
    // Eight tenths of a second without a grant, and one more to the end.
    expect(result.gaps.map(({ ms }) => Math.round(ms))).toEqual([800])
  })
})

describe('what comes from NATS', () => {
  const HEADERS = 'NATS/1.0\r\nNats-Service-Error: seats_unavailable\r\n\r\n'
  const NOBODY = 'NATS/1.0 503\r\n\r\n'
  const REFUSAL = '{"ok":false}'
  const STREAM = [
    'INFO {"server_id":"X"}\r\nPONG\r\n',
    'MSG _INBOX.ab.17 1 11\r\n{"ok":true}\r\n',
    `HMSG _INBOX.ab.18 1 ${HEADERS.length} ${HEADERS.length + REFUSAL.length}\r\n${HEADERS}${REFUSAL}\r\n`,
    'PING\r\n',
    `HMSG _INBOX.ab.5 1 ${NOBODY.length} ${NOBODY.length}\r\n${NOBODY}\r\n`,
    "-ERR 'Permissions Violation'\r\n",
    'MSG _INBOX.ab.1234567 1 0\r\n\r\n'
  ].join('')
  const HEARD = [
    'pong',
    '17 {"ok":true}',
    '18 {"ok":false}',
    'ping',
    '5 nobody',
    "-ERR 'Permissions Violation'\r",
    '1234567 '
  ]

  it.each([1, 2, 7, 40, 1_000])('BENCH-35: is read whole in pieces of %i bytes', (size) => {
    const heard: string[] = []
    const read = createNatsParser('_INBOX.ab.', {
      message: (slot, bytes, start, end) => heard.push(`${slot} ${bytes.toString('utf8', start, end)}`),
      noResponders: (slot) => heard.push(`${slot} nobody`),
      ping: () => heard.push('ping'),
      pong: () => heard.push('pong'),
      failed: (line) => heard.push(line)
    })
    const all = Buffer.from(STREAM)
    const chunk = Buffer.alloc(size)
    for (let at = 0; at < all.length; at += size) {
      // The same memory again and again, as a socket gives it.
      const count = all.copy(chunk, 0, at, at + size)
      read(chunk.subarray(0, count))
    }
    expect(heard).toEqual(HEARD)
  })
})
