import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ShowView } from '../actors/outcome.ts'
import { Audience } from '../bench/crowd/audience.ts'
import { FeedRecord, type Place } from '../bench/crowd/feed-record.ts'
import { walkFeed } from '../bench/crowd/feed-walk.ts'
import { BINARY, readFrames, TEXT } from '../bench/crowd/frames.ts'
import { judgeCrowd } from '../bench/crowd/judge.ts'
import type { ViewersReport } from '../bench/crowd/protocol.ts'
import { Receipts } from '../bench/crowd/receipts.ts'
import { agesOf, newAges, type SaleTimes, summaryOf } from '../bench/crowd/staleness.ts'
import { diffBytes, snapshotBytes } from '../gateway/websocket/feed-codec.ts'

const SHOW = 'crowd'
const SEATS = 6
const EPOCH = 3
const HEAD_BYTES = 10 + SHOW.length

/** The map after each seq: seat `seq` − 1 is held at `seq` up to 6, and booked 6 later. */
function statusesAt(seq: number): Uint8Array {
  return Uint8Array.from({ length: SEATS }, (_, seat) => (seq > seat + SEATS ? 2 : seq > seat ? 1 : 0))
}

function snapshot(seq: number, epoch = EPOCH): Buffer {
  return Buffer.from(snapshotBytes(SHOW, { epoch, seq, statuses: statusesAt(seq) } as ShowView))
}

function diff(seq: number, epoch = EPOCH): Buffer {
  const changes = Uint32Array.of((seq - 1) % SEATS, seq > SEATS ? 2 : 1)
  return Buffer.from(diffBytes(SHOW, { epoch, seq, changes }))
}

/** As `bytes`, with another status of its first seat. */
function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[HEAD_BYTES]! ^= 1
  return copy
}

function tell(record: FeedRecord, place: Place, push: Buffer, now = 0): string {
  return record.push(place, push, 0, push.length, now)
}

describe('what a viewer is told', () => {
  const at = (seq: number, epoch = EPOCH): Place => ({ epoch, seq })
  const cases: readonly [string, Place, Buffer, string, Place][] = [
    ['the first snapshot', at(0, 0), snapshot(2), 'next', at(2)],
    ['the next diff', at(2), diff(3), 'next', at(3)],
    ['a snapshot further on', at(2), snapshot(5), 'next', at(5)],
    ['the snapshot of a newer epoch', at(9), snapshot(1, 4), 'next', at(1, 4)],
    ['a diff again', at(2), diff(2), 'older', at(2)],
    ['a snapshot that goes back', at(2), snapshot(1), 'older', at(2)],
    ['a frame of an older epoch', at(1, 4), diff(9), 'older', at(1, 4)],
    ['a diff that leaves one out', at(2), diff(4), 'gap', at(2)],
    ['a diff of a newer epoch', at(2), diff(3, 4), 'gap', at(2)],
    ['a diff before any snapshot', at(0, 0), diff(1), 'gap', at(0, 0)]
  ]

  it.each(cases)('BENCH-60: %s', (_, from, push, told, to) => {
    const place = { ...from }
    const record = new FeedRecord()
    if (from.epoch > 0) tell(record, at(0, 0), snapshot(from.seq, from.epoch))
    expect(tell(record, place, push)).toBe(told)
    expect(place).toEqual(to)
  })

  it('BENCH-60: a push that differs from the copy that others got', () => {
    const record = new FeedRecord()
    for (const push of [snapshot(0), diff(1)]) expect(tell(record, at(0, push[0] === 1 ? 0 : EPOCH), push)).toBe('next')
    expect(tell(record, at(0, 0), corrupted(snapshot(0)))).toBe('differs')
    expect(tell(record, at(0), corrupted(diff(1)))).toBe('differs')
    expect(tell(record, at(0), diff(1))).toBe('next')
  })

  it('BENCH-60: frames are read in whatever pieces they come', () => {
    const frames = [5, 200, 70_000].map((length, at) => frameOf(at === 0 ? TEXT : BINARY, length))
    const bytes = Buffer.concat(frames)
    const ends = frames.map((_, at) => frames.slice(0, at + 1).reduce((sum, { length }) => sum + length, 0))
    for (let end = 0; end <= bytes.length; end += end < 300 ? 1 : 997) {
      const read: number[] = []
      const rest = readFrames(bytes, 0, end, { frame: (_, __, start, stop) => read.push(stop - start) })
      const whole = ends.filter((frameEnd) => frameEnd <= end)
      expect(read).toEqual([5, 200, 70_000].slice(0, whole.length))
      expect(rest).toBe(whole.at(-1) ?? 0)
    }
  })
})

/** A frame as servers send it. */
function frameOf(kind: number, length: number): Buffer {
  const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : [127, 0, 0, 0, 0]
  const rest = length < 65_536 ? [] : [0, length >> 16, (length >> 8) & 255, length & 255]
  return Buffer.concat([Buffer.from([kind, ...size, ...rest]), Buffer.alloc(length)])
}

describe('the judgement of a crowd', () => {
  const LAST = SEATS * 2
  const ALL = [snapshot(0), ...Array.from({ length: LAST }, (_, at) => diff(at + 1))]

  /** Three viewers get these pushes, and are judged. */
  function judged(one: readonly Buffer[], other = ALL, third = ALL) {
    const record = new FeedRecord()
    const viewers = [one, other, third].map((pushes) => {
      const place = { epoch: 0, seq: 0 }
      const told = pushes.map((push) => tell(record, place, push))
      return { place, differs: told.includes('differs') }
    })
    const isBehind = ({ place }: { place: Place }) => place.epoch !== EPOCH || place.seq !== LAST
    const walk = walkFeed(record.epochs, SHOW, SEATS)
    const report = {
      ...{ ...walk, viewers: 3, ages: newAges() },
      behind: viewers.filter(isBehind).length,
      differing: viewers.filter(({ differs }) => differs).length,
      wrong: viewers.filter((viewer) => viewer.differs || isBehind(viewer)).length
    } as unknown as ViewersReport
    const maps = [{ id: 'node-1', map: { epoch: EPOCH, seq: LAST, statuses: statusesAt(LAST) } }]
    return judgeCrowd({ seats: SEATS, head: { owner: 'node-1', epoch: EPOCH }, maps, reports: [report] })
  }

  const without = (at: number) => ALL.filter((_, push) => push !== at)
  const misled = [corrupted(snapshot(10)), ...ALL.slice(11)]
  const withCorrupted = (at: number) => ALL.map((push, which) => (which === at ? corrupted(push) : push))

  it('BENCH-61: has nothing to say where all went well, also of one who was skipped to a snapshot', () => {
    const skipped = [...ALL.slice(0, 4), snapshot(8), ...ALL.slice(9)]
    expect(judged(ALL)).toEqual({ viewers: 0, failures: [] })
    expect(judged(skipped)).toEqual({ viewers: 0, failures: [] })
    expect(judged(skipped, skipped, skipped)).toEqual({ viewers: 0, failures: [] })
  })

  it.each([
    ['one viewer misses a diff', judged(without(5)), 1, /1 are not at epoch 3, seq 12/],
    ['one viewer misses the last diff', judged(without(LAST)), 1, /1 are not at/],
    ['one viewer gets another diff than the others', judged(ALL, withCorrupted(4)), 1, /1 were told otherwise/],
    ['the first copy is the corrupted one', judged(withCorrupted(12)), 3, /does not lead to the owner's map/],
    [
      'all get the same wrong diff',
      judged(withCorrupted(12), withCorrupted(12), withCorrupted(12)),
      3,
      /does not lead/
    ],
    ['all go on from the same wrong snapshot', judged(misled, misled, misled), 3, /does not lead/],
    [
      'a later snapshot is not what the diffs lead to',
      judged([corrupted(snapshot(9)), ...ALL.slice(10)]),
      3,
      /differs from/
    ]
  ])('BENCH-61: sees that %s', (_, { viewers, failures }, wrong, said) => {
    expect(failures.join('\n')).toMatch(said)
    expect(viewers).toBe(wrong)
  })
})

describe('staleness', () => {
  it('BENCH-62: counts every viewer and seat change, from its decision to its receipt', () => {
    const receipts = new Receipts(1_000)
    for (const at of [1_000.4, 1_200.9, 1_200, 3_000]) receipts.add(at)
    const moments = (decided: number) => ({
      decided: Float64Array.of(decided, decided, Number.NaN),
      acknowledged: Float64Array.of(decided + 1, decided + 1, Number.NaN)
    })
    const times: SaleTimes = { held: moments(900), booked: moments(990) }
    // Seat 0 is held; seat 1 was held and booked between two pushes; nobody asked for seat 2.
    const change = { changes: [0, 1, 1, 2, 2, 1], before: [0, 0, 0], receipts }
    const ages = agesOf([change], times)
    expect(summaryOf(ages.decided)).toEqual({ count: 15, msP50: 210, msP99: 2_100, msMax: 2_100 })
    expect(summaryOf(ages.acknowledged).msMax).toBe(2_099)
    expect(ages.decided[10]).toBe(2)
    expect(ages.decided[100]).toBe(4)
    expect(ages.unknown).toBe(1)
  })
})

describe('viewers on real sockets', () => {
  let ending: (() => void)[] = []
  afterEach(() => {
    for (const end of ending) end()
    ending = []
  })

  /** A server that speaks the feed as the test tells it to, and viewers that look. */
  async function stage(viewers: number) {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      path: '/ws',
      handleProtocols: () => 'frontrow.v1.bin'
    })
    await once(server, 'listening')
    const sockets: WebSocket[] = []
    const subscribes: { epoch?: number; seq?: number }[] = []
    server.on('connection', (socket) => {
      sockets.push(socket)
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { epoch?: number; seq?: number }
        subscribes.push(message)
        socket.send('{"id":1,"ok":true}')
        if (message.seq === undefined) socket.send(snapshot(0))
        else for (let seq = message.seq + 1; seq <= 2; seq++) socket.send(diff(seq))
      })
    })
    const { port } = server.address() as AddressInfo
    const audience = new Audience({ show: SHOW, ports: [port], viewers, firstAddress: 1 })
    ending.push(() => {
      audience.close()
      server.close()
    })
    const watching = async () => {
      while (audience.counts.watching < viewers) await delay(5)
    }
    await watching()
    return { audience, sockets, subscribes, watching }
  }

  const moments = { decided: new Float64Array(SEATS), acknowledged: new Float64Array(SEATS) }
  const at2 = { epoch: EPOCH, seq: 2, seats: SEATS, times: { held: moments, booked: moments } }

  it('BENCH-63: answer pings, and all have the map in the end', async () => {
    const { audience, sockets } = await stage(3)
    for (const socket of sockets) {
      for (const seq of [1, 2]) socket.send(diff(seq))
      const pong = once(socket, 'pong')
      socket.ping('there?')
      expect(String((await pong)[0])).toBe('there?')
    }
    const report = await audience.finish(at2)
    expect(report).toMatchObject({ viewers: 3, wrong: 0, behind: 0, differing: 0, faults: [], epoch: EPOCH, seq: 2 })
    expect(report.statuses).toEqual(statusesAt(2))
    expect(summaryOf(report.ages.decided).count).toBe(6)
  })

  it('BENCH-63: go on from where they were when they are closed, or miss a diff', async () => {
    const { audience, sockets, subscribes, watching } = await stage(2)
    for (const socket of sockets) socket.send(diff(1))
    while (audience.counts.pushes < 4) await delay(5)
    sockets[0]!.close(1013)
    sockets[1]!.send(diff(3))
    const report = await audience.finish(at2)
    expect(report).toMatchObject({ wrong: 0, gaps: 1, troubles: { 'closed with 1013': 1 } })
    expect(subscribes.slice(2)).toEqual([1, 1].map((seq) => expect.objectContaining({ epoch: EPOCH, seq })))
    await watching()
  })

  it('BENCH-63: one corrupted byte on the way to one of them is a wrong map', async () => {
    const { audience, sockets } = await stage(3)
    sockets[0]!.send(diff(1))
    while (audience.counts.pushes < 4) await delay(5)
    sockets[1]!.send(corrupted(diff(1)))
    sockets[2]!.send(diff(1))
    for (const socket of sockets) socket.send(diff(2))
    expect(await audience.finish(at2)).toMatchObject({ wrong: 1, differing: 1, behind: 0 })
  })
})
