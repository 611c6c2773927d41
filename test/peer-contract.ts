// What every system that Frontrow is compared with must do, asked as the load harness asks it, against the real server.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Driver, HoldRequest, HoldResult, Peer, RunningPeer } from '../bench/peers/peer.ts'
import { createRandom } from '../bench/random.ts'
import { freeze, killFamily } from './support/process-family.ts'

const HOUSE = { shows: 4, seatsPerShow: 256 }
/** Of a driver here. Postgres starts a process for each, and two show what sixty-four would. */
const CONNECTIONS_MAX = 6

export function peerContract(peer: Peer): void {
  describe(peer.name, () => {
    let running: RunningPeer
    let driver: Driver
    let key = 0
    const settings = peer.sweep.map((one) => ({ ...one, connections: Math.min(one.connections, CONNECTIONS_MAX) }))
    const request = (show: number, first: number, count: number): HoldRequest => ({
      ...{ show, user: 7, key: key++ },
      seats: Array.from({ length: count }, (_, at) => first + at)
    })
    const hold = (show: number, first: number, count: number, by = driver) => holdBy(by, request(show, first, count))

    beforeAll(async () => {
      running = await peer.start(HOUSE)
      driver = await peer.openDriver(structuredClone(running.address), settings[0]!)
    })
    afterAll(async () => {
      await driver.close()
      await running.stop()
    })

    it('BENCH-81: grants seats that are free, and nothing that has one that is taken', async () => {
      await running.reset()
      expect(await hold(0, 10, 4)).toBe('granted')
      expect(await hold(0, 10, 4)).toBe('refused')
      expect(await hold(0, 12, 4)).toBe('refused')
      expect(await hold(0, 8, 4)).toBe('refused')
      expect(await hold(0, 8, 2)).toBe('granted')
      expect(await hold(0, 14, 2)).toBe('granted')
      expect(await hold(1, 10, 4)).toBe('granted')
      expect(await hold(0, 62, 4)).toBe('granted')
      expect(await hold(0, 65, 1)).toBe('refused')
      expect(await hold(0, 66, 32)).toBe('granted')
      expect(await hold(0, 97, 1)).toBe('refused')
      expect(await hold(0, 255, 1)).toBe('granted')
    })

    it('BENCH-82: of many who want one seat at the same time one gets it, over whatever connection', async () => {
      await running.reset()
      const other = await peer.openDriver(running.address, settings.at(-1)!)
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, at) => hold(2, 100 + (at % 4), 1, at % 2 === 0 ? driver : other))
      )
      expect(count(results)).toEqual({ granted: 4, refused: 196, failed: 0 })
      // Of holds that overlap in part, who gets it may differ, but no seat is given twice.
      const overlapping = Array.from({ length: 200 }, (_, at) => request(3, 100 + (at % 8), 3))
      const outcomes = await Promise.all(overlapping.map((one, at) => holdBy(at % 2 === 0 ? driver : other, one)))
      await other.close()
      const given = overlapping.flatMap(({ seats }, at) => (outcomes[at] === 'granted' ? seats : []))
      expect(given.length).toBeGreaterThan(0)
      expect(new Set(given).size).toBe(given.length)
      expect(count(outcomes).failed).toBe(0)
    })

    it('BENCH-83: many in one go are decided as one by one, each all or nothing, by every setting', async () => {
      for (const [at, tried] of settings.entries()) {
        await running.reset()
        const asking = await peer.openDriver(running.address, tried)
        const random = createRandom(at)
        const taken = new Set<string>()
        for (let turn = 0; turn < 8; turn++) {
          const requests = apart(random, request)
          const expected = requests.map((one) => holdOfModel(taken, one))
          expect(await holdManyBy(asking, requests)).toEqual(expected)
          const [first] = requests
          expect(await holdBy(asking, first!)).toBe('refused')
        }
        await asking.close()
      }
    })

    it('BENCH-84: a reset leaves an empty house, and its drivers work on', async () => {
      await running.reset()
      expect(await hold(3, 0, 4)).toBe('granted')
      await running.reset()
      expect(await hold(3, 0, 4)).toBe('granted')
      expect(await hold(3, 0, 4)).toBe('refused')
    })

    // The others differ in a setting of the server.
    if (peer.durable === 'always') {
      it('BENCH-85: whoever loses the server is told that it failed, once for each hold', async () => {
        const lost = await peer.start(HOUSE)
        const { pid } = lost.processes[0]!
        const drivers = await Promise.all(settings.map((tried) => peer.openDriver(lost.address, tried)))
        expect(await hold(0, 0, 4, drivers[0]!)).toBe('granted')
        freeze(pid)
        const told: HoldResult[] = []
        for (const asking of drivers) {
          asking.hold(request(1, 0, 1), (result) => told.push(result))
          asking.holdMany([request(2, 0, 1), request(3, 0, 1)], (_, result) => told.push(result))
        }
        await killFamily(pid)
        for (const asking of drivers) expect(await hold(0, 8, 1, asking)).toBe('failed')
        await vi.waitFor(() => expect(told).toHaveLength(3 * drivers.length), { timeout: 10_000 })
        expect(count(told)).toEqual({ granted: 0, refused: 0, failed: 3 * drivers.length })
        await lost.stop()
        await Promise.all(drivers.map((asking) => asking.close().catch(() => {})))
      })
    }
  })
}

/** Some requests of several shows, no two of them for the same seat. */
function apart(random: ReturnType<typeof createRandom>, request: (...of: [number, number, number]) => HoldRequest) {
  const places = random.shuffle(Array.from({ length: HOUSE.shows * 32 }, (_, at) => at)).slice(0, 16)
  return places.map((place) => {
    const first = (place >> 2) * 8 + random.below(5)
    return request(place % HOUSE.shows, first, 1 + random.below(4))
  })
}

function holdOfModel(taken: Set<string>, { show, seats }: HoldRequest): HoldResult {
  const names = seats.map((seat) => `${show}:${seat}`)
  if (names.some((name) => taken.has(name))) return 'refused'
  for (const name of names) taken.add(name)
  return 'granted'
}

function holdBy(driver: Driver, request: HoldRequest): Promise<HoldResult> {
  return new Promise((resolve) => driver.hold(request, resolve))
}

function holdManyBy(driver: Driver, requests: readonly HoldRequest[]): Promise<readonly HoldResult[]> {
  const results: HoldResult[] = []
  let left = requests.length
  return new Promise((resolve) => {
    driver.holdMany(requests, (at, result) => {
      results[at] = result
      if (--left === 0) resolve(results)
    })
  })
}

function count(results: readonly HoldResult[]): Record<HoldResult, number> {
  const counts = { granted: 0, refused: 0, failed: 0 }
  for (const result of results) counts[result]++
  return counts
}
