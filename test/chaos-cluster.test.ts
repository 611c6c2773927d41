// The parts of the chaos run with a cluster: how long shows were without service, which bookings failed, where the
// probes stand, what is planned.
import { describe, expect, it } from 'vitest'
import { placeShards } from '../actors/cluster/placement.ts'
import { createRandom } from '../bench/random.ts'
import { shardOf } from '../core/shard.ts'
import { UsageError } from './chaos/chaos.ts'
import { clusterAvailabilityOf, gapsOf } from './chaos/cluster/cluster-availability.ts'
import { CLUSTER_FAULTS, type ClusterFault, type Scope } from './chaos/cluster/cluster-faults.ts'
import { SHARDS } from './chaos/cluster/cluster-ground.ts'
import type { ClusterIncident } from './chaos/cluster/cluster-nemesis.ts'
import { countBookings } from './chaos/cluster/failed-bookings.ts'
import { probedShows } from './chaos/cluster/probe-fleet.ts'
import { compareEvents } from './chaos/cluster/published-events.ts'
import { planRound } from './chaos/nemesis.ts'
import { createRecorder, type Outcome } from './chaos/recorder.ts'
import { readOptions } from './chaos/run.ts'

describe('availability of a cluster', () => {
  // Shard 0 is of a, and moves; shard 1 is of b, and moves; shard 2 is of b, and stays.
  const before = ['a', 'b', 'b'].map((owner) => ({ owner, epoch: 1 }))
  const after = [2, 2, 1].map((epoch) => ({ owner: 'b', epoch }))
  const shows = ['s0', 's1', 's2'].map((show, shard) => ({ show, shard }))
  const via = new Map([...shows.map(({ show }) => [show, 'b'] as const)])
  const times: Readonly<Record<string, readonly number[]>> = {
    s0: [990, 1_010, 4_500, 5_000],
    s1: [1_200, 1_300, 4_900],
    s2: [1_100]
  }
  const servicesOf = (show: string, fromMs: number, toMs: number) =>
    times[show]!.filter((ms) => ms > fromMs && ms < toMs).map((ms) => ({ sentMs: ms - 10, atMs: ms }))
  const incidentOf = (scope: Scope, goalMs: number | null = null): ClusterIncident => {
    const fault: ClusterFault = { name: 'kill', part: 'cluster', scope, goalMs, inflict: async () => {} }
    const when = { startedMs: 1_000, endedMs: 2_000, quietUntilMs: 6_000, restMs: 50 }
    return { name: 'kill', faults: 1, fault, victim: 'a', before, after, via, ...when }
  }

  it('CHAOS-11: is the longest time without service of each show, from the start of the fault to the end of the quiet', () => {
    expect(gapsOf(incidentOf('victim'), shows, servicesOf)).toEqual({
      ...{ concerned: [3_490], moved: [3_600], others: [4_900] }
    })
  })

  it('CHAOS-11: says apart which shows a fault concerns, which moved because of it, and which it should not touch', () => {
    expect(gapsOf(incidentOf('all'), shows, servicesOf).concerned).toHaveLength(3)
    expect(gapsOf(incidentOf('moved'), shows, servicesOf)).toEqual({
      ...{ concerned: [3_490, 3_600], moved: [], others: [4_900] }
    })
    // Only shard 0 is asked for through another node than its own.
    expect(gapsOf(incidentOf('remote'), shows, servicesOf)).toEqual({
      ...{ concerned: [3_490], moved: [3_600], others: [4_900] }
    })
  })

  it('CHAOS-11: counts the shows that were without service for longer than the goal', () => {
    const incidents = [incidentOf('moved', 3_500), incidentOf('moved', 3_500)]
    const [row] = clusterAvailabilityOf(incidents, shows, servicesOf, [{ fromMs: 1_500, toMs: 2_000 }])
    expect(row).toMatchObject({ count: 2, goalMs: 3_500, overGoal: 2, concernedMs: { p50: 3_490, max: 3_600 } })
    expect(row!.waitMsMax).toBe(500)
    expect(clusterAvailabilityOf([incidentOf('moved')], shows, servicesOf, [])[0]!.overGoal).toBe(0)
  })
})

describe('bookings that failed', () => {
  const book = { op: 'book', hold: '1', seats: null } as const

  function bookedAfter(holdMs: number, ...outcomes: readonly Outcome[]) {
    const recorder = createRecorder()
    const asked = recorder.ask('s', 'ann', { op: 'hold', seats: ['A'], count: 1 })
    const told = { kind: 'held', hold: '1', seats: ['A'], expiresAt: Date.now() + holdMs } as const
    recorder.answer(asked, recorder.send(asked), { kind: 'granted', told, answer: '{}' })
    const booking = recorder.ask('s', 'ann', book)
    for (const outcome of outcomes) recorder.answer(booking, recorder.send(booking), outcome)
    return { recorder, count: () => countBookings(recorder.records, [{ fromMs: 0, toMs: performance.now() }]) }
  }
  const late: Outcome = { kind: 'refused', code: 'hold_expired', seats: [] }
  const away: Outcome = { kind: 'unknown', code: 'unavailable' }
  const given: Outcome = { kind: 'granted', told: { kind: 'booked', booking: 's.1', seats: ['A'] }, answer: '{}' }

  it('CHAOS-12: are those of holds that had time left, and were refused or never answered', () => {
    expect(bookedAfter(3_000, away, late).count()).toMatchObject({
      asked: 1,
      failed: [expect.stringContaining('unavailable, hold_expired')]
    })
    expect(bookedAfter(3_000, away).count()).toMatchObject({ asked: 1, failed: [expect.any(String)] })
    expect(bookedAfter(3_000, away, given).count()).toEqual({ asked: 1, failed: [] })
  })

  it('CHAOS-12: are not those of holds that were over, or used before, or asked for at another time', () => {
    expect(bookedAfter(100, late).count()).toEqual({ asked: 0, failed: [] })
    const { recorder, count } = bookedAfter(3_000, given)
    const again = recorder.ask('s', 'ann', book)
    recorder.answer(again, recorder.send(again), { kind: 'refused', code: 'not_found', seats: [] })
    expect(count()).toEqual({ asked: 1, failed: [] })
    expect(countBookings(recorder.records, [{ fromMs: -2, toMs: -1 }])).toEqual({ asked: 0, failed: [] })
  })
})

describe('events on the stream', () => {
  it('CHAOS-14: are those of the journal, each once, and those of a shard in order', () => {
    const journaled = ['1.1.0', '1.2.0', '1.2.1', '7.1.0']
    const faultsOf = (...published: readonly string[]) => compareEvents(journaled, published).faults
    expect(faultsOf('7.1.0', '1.1.0', '1.2.0', '1.2.1')).toEqual([])
    expect(faultsOf('1.1.0', '1.2.0', '1.2.1')).toEqual(['shard 7: nothing instead of 7.1.0'])
    expect(faultsOf('1.1.0', '1.1.0', '1.2.0', '1.2.1', '7.1.0')).toEqual(['shard 1: 1.1.0 instead of 1.2.0'])
    expect(faultsOf('1.1.0', '1.2.1', '1.2.0', '7.1.0')).toHaveLength(1)
    expect(faultsOf(...journaled, '8.1.0')).toEqual(['shard 8: 8.1.0 instead of nothing'])
  })
})

describe('the probes', () => {
  it('CHAOS-13: stand on as many shards of every node, no two on one', () => {
    const ids = ['node-1', 'node-2', 'node-3']
    const shows = probedShows(ids, 5)
    const placed = placeShards(ids, SHARDS)
    expect(new Set(shows.map(({ shard }) => shard)).size).toBe(15)
    for (const { show, shard } of shows) expect(shardOf(show, SHARDS)).toBe(shard)
    for (const id of ids) expect(shows.filter(({ shard }) => placed[shard] === id)).toHaveLength(5)
  })
})

describe('the plan', () => {
  it('CHAOS-6: a cluster suffers each fault once a round, and each alone', () => {
    const plan = planRound(CLUSTER_FAULTS, createRandom(3))
    expect(planRound(CLUSTER_FAULTS, createRandom(3))).toEqual(plan)
    expect(plan.map((together) => together.length)).toEqual(CLUSTER_FAULTS.map(() => 1))
    expect(new Set(plan.flat())).toEqual(new Set(CLUSTER_FAULTS))
  })

  it('CHAOS-9: the command line takes a cluster, and a number of nodes only with it', () => {
    expect(readOptions(['--cluster', '--nodes', '4'])).toMatchObject({
      cluster: true,
      nodes: 4,
      shows: 200,
      seconds: 180
    })
    expect(readOptions(['--shows', '2'])).toMatchObject({ cluster: false, shows: 2, seconds: 60 })
    expect(() => readOptions(['--nodes', '3'])).toThrow(UsageError)
    expect(() => readOptions(['--cluster', '--nodes', '1'])).toThrow(UsageError)
  })
})
