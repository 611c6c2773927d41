// The parts of `npm run cluster`: its command line, what it makes of logs and owners, and what it draws.
import { describe, expect, it } from 'vitest'
import { createChronicle } from '../bench/cluster/chronicle.ts'
import { readClusterOptions, UsageError } from '../bench/cluster/cluster-options.ts'
import { createControl } from '../bench/cluster/control.ts'
import type { Hands, OurNode } from '../bench/cluster/hands.ts'
import type { NodePicture, Picture, Share } from '../bench/cluster/picture.ts'
import { type Frame, frameOf } from '../bench/cluster/screen.ts'
import { renderLine } from '../bench/cluster/styled-text.ts'

describe('the command line', () => {
  it('TRY-1: has a preset for everything, and steps in the order of their times', () => {
    expect(readClusterOptions([])).toEqual({ nodes: 3, seconds: null, load: 0, port: 8080, steps: [] })
    const given = readClusterOptions(['--nodes', '2', '--seconds=9', '--load', '50', '--do', 'add@7, kill@2.5'])
    expect(given).toMatchObject({ nodes: 2, seconds: 9, load: 50 })
    expect(given.steps).toEqual([
      { deed: 'kill', atMs: 2_500 },
      { deed: 'add', atMs: 7_000 }
    ])
  })

  it.each([
    ['--nodes', '0'],
    ['--nodes', 'two'],
    ['--seconds', ''],
    ['--load', '-1'],
    ['--do', 'kill'],
    ['--do', 'explode@5'],
    ['--do', 'kill@soon'],
    ['--speed', '3']
  ])('TRY-1: %s %s is refused by name', (name, value) => {
    expect(() => readClusterOptions([`${name}=${value}`])).toThrow(UsageError)
    expect(() => readClusterOptions([`${name}=${value}`])).toThrow(name)
  })
})

describe('what happened', () => {
  const handed = (shard: number, ms: number) =>
    JSON.stringify({ level: 30, shard, to: 'b', ms, msg: 'handed a shard over' })

  it('TRY-2: shards that go the same way together are one line, and later ones another', () => {
    let now = 0
    const chronicle = createChronicle(() => now)
    chronicle.logged('a', handed(1, 3))
    now = 900
    chronicle.logged('a', handed(2, 40))
    expect(chronicle.happenings).toEqual([
      { atMs: 0, text: 'a handed 2 shards over to b, 3 to 40 ms each', isDone: false }
    ])
    now = 3_000
    chronicle.logged('a', handed(3, 5))
    expect(chronicle.happenings.map(({ text, isDone }) => [text, isDone])).toEqual([
      ['a handed 2 shards over to b, 3 to 40 ms each', true],
      ['a handed 1 shard over to b, 5 ms each', false]
    ])
    expect(chronicle.handed).toMatchObject({ count: 3, least: 3, most: 40 })
  })

  it('TRY-2: a shard that changes hands without a word was claimed: so long after its owner fell silent', () => {
    let now = 0
    const chronicle = createChronicle(() => now)
    chronicle.owners(['a', 'a', 'a'])
    chronicle.silent('a', true)
    chronicle.logged('a', handed(2, 3))
    now = 2_900
    chronicle.owners([null, 'b', 'b'])
    now = 3_300
    chronicle.owners(['b', 'b', 'b'])
    now = 5_000
    chronicle.owners(['b', 'b', 'b'])
    const lines = chronicle.happenings.map(({ text }) => text)
    expect(lines).toContain('b claimed 2 shards of a, 2.9 to 3.3 s after it fell silent')
    expect(chronicle.claimed.count).toBe(2)
  })

  it('TRY-2: a shard that was handed on before anybody looked was not claimed', () => {
    let now = 0
    const chronicle = createChronicle(() => now)
    chronicle.owners(['a', 'a'])
    for (const shard of [0, 1]) chronicle.logged('a', handed(shard, 3))
    chronicle.owners(['b', null])
    now = 300
    for (const shard of [0, 1]) chronicle.logged('b', handed(shard, 3).replace('"b"', '"c"'))
    chronicle.owners(['c', 'c'])
    now = 2_000
    chronicle.owners(['c', 'c'])
    expect(chronicle.happenings.map(({ text }) => text)).toEqual([
      'a handed 2 shards over to b, 3 ms each',
      'b handed 2 shards over to c, 3 ms each'
    ])
  })

  it('TRY-2: trouble in the logs is told, the rest is not', () => {
    const chronicle = createChronicle(() => 0)
    chronicle.logged('a', 'Frontrow listens on http://127.0.0.1:8080')
    chronicle.logged('a', '{"level":30,"msg":"connected to NATS"}')
    chronicle.logged('a', '{"level":50,"shard":3,"msg":"fenced: this shard has another owner"}')
    chronicle.logged('a', '{"level":50,"shard":4,"msg":"fenced: this shard has another owner"}')
    expect(chronicle.happenings.map(({ text }) => text)).toEqual([
      'a logs: fenced: this shard has another owner (2 times)'
    ])
  })
})

describe('the keys', () => {
  it('TRY-3: act on the node that is chosen, and p lets a paused one go on', () => {
    const done: string[] = []
    const nodes = ['up', 'killed', 'paused'].map((state, at) => ({ id: `n${at}`, state }) as OurNode)
    const act = async (deed: string, node: OurNode | null) => void done.push(`${deed} ${node?.id}`)
    let quits = 0
    const control = createControl(
      { nodes, act } as unknown as Hands,
      () => [0, 2],
      () => quits++
    )
    for (const key of ['k', 'down', 'p', 'down', '1', 'p', '2', 's', 'x', 'q']) control.press(key)
    expect(done).toEqual(['kill n0', 'resume n2', 'pause n0', 'stop n2'])
    expect(quits).toBe(1)
  })
})

describe('the screen', () => {
  const frame = (columns: number, rows: number): Frame => {
    return {
      columns,
      rows,
      chosen: 0,
      places: ['DATABASE_URL=postgres://a:***@127.0.0.1:5432/postgres', 'NATS_URL=nats://127.0.0.1:4222']
    }
  }
  const drawn = (picture: Picture, { columns, ...more }: Frame) =>
    frameOf(picture, { columns, ...more }).map((line) => renderLine(line, columns, false))

  it.each([
    [80, 24],
    [160, 45],
    [40, 10]
  ])('TRY-3: fills %i columns and %i rows, and no more', (columns, rows) => {
    for (const nodes of [1, 3, 8]) {
      const lines = drawn(pictureWith(nodes), frame(columns, rows))
      expect(lines).toHaveLength(rows)
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns)
      expect(lines.at(-1)).toMatch(/^ a add {2}k kill/)
    }
  })

  it('TRY-3: every shard has a cell in the strip of its node, and nobody has a strip of its own', () => {
    const lines = drawn(pictureWith(3), frame(80, 24))
    const strips = lines.filter((line) => /^ {4}[█▓░·]{64}$/.test(line)).map((line) => line.slice(4))
    expect(strips).toHaveLength(4)
    for (let shard = 0; shard < 64; shard++) {
      expect(strips.filter((strip) => strip[shard] === '█' || strip[shard] === '▓')).toHaveLength(1)
    }
    expect(lines.join('\n')).toMatch(/^ ▸1 node-1 +up +21 shards +12 commits\/s +3 sockets +8 % cpu *$/m)
    expect(drawn(pictureWith(3), frame(160, 45)).filter((line) => /[█▓░·]{64}/.test(line))).toHaveLength(4)
  })
})

/** Shard 0 is nobody's, the others go round. */
function pictureWith(count: number): Picture {
  const share = (shard: number, index: number): Share => (shard > 0 && shard % count === index ? 'has' : 'none')
  const nodes = Array.from({ length: count }, (_, index): NodePicture => {
    const shares = Array.from({ length: 64 }, (_, shard) => share(shard, index))
    const figures = {
      atMs: 0,
      commits: 0,
      cpuSeconds: 1,
      sockets: 3,
      megabytes: 100,
      commitsPerSecond: 12,
      cpuPercent: 8
    }
    const outcomes = new Map([
      ['seats_unavailable', 4],
      ['ok', 1_234]
    ])
    return {
      id: `node-${index + 1}`,
      index,
      state: 'up',
      isWell: true,
      url: `http://127.0.0.1:${8080 + index}`,
      shares,
      shardCount: shares.filter((one) => one === 'has').length,
      figures: { ...figures, outcomes },
      outcomes
    }
  })
  const happenings = Array.from({ length: 60 }, (_, at) => ({ atMs: at * 1_000, text: `it was ${at}`, isDone: true }))
  const ownerless = Array.from({ length: 64 }, (_, shard) => shard === 0)
  return {
    nowMs: 60_000,
    zeroMs: 0,
    nodes,
    names: nodes.map(({ id }) => id),
    shardCount: 64,
    ownerless,
    sale: null,
    happenings
  }
}
