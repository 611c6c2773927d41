import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { numberSetting, wordSetting } from '../bench/bench.ts'
import { createProgress } from '../bench/progress.ts'
import { createRandom } from '../bench/random.ts'
import { runBenches } from '../bench/run.ts'
import { createShowViewer } from '../bench/sellout/show-viewer.ts'
import { latenciesOf, median, spreadPercent } from '../bench/statistics.ts'
import { formatTable } from '../bench/table.ts'

describe('what a buyer sees', () => {
  const snapshot = { ev: 'snapshot', show: 's', epoch: 3, seq: 10, statuses: 'JA==' } as const
  const diff = (epoch: number, seq: number) => ({ ev: 'diff', show: 's', epoch, seq, changes: [[0, 1]] }) as const

  it('BENCH-3: takes diffs that follow, and a newer snapshot', () => {
    const viewer = createShowViewer(3)
    viewer.snapshot(snapshot)
    expect([...viewer.statuses]).toEqual([0, 1, 2])
    viewer.diff(diff(3, 11))
    expect([...viewer.statuses]).toEqual([1, 1, 2])
    viewer.snapshot({ ...snapshot, epoch: 4, seq: 0 })
    expect([viewer.epoch, viewer.seq, ...viewer.statuses]).toEqual([4, 0, 0, 1, 2])
    expect(viewer.disorder).toEqual([])
  })

  it.each([
    ['a gap', diff(3, 12)],
    ['a diff again', diff(3, 10)],
    ['another epoch without a snapshot', diff(4, 11)]
  ])('BENCH-3: notes %s, and does not follow it', (_, push) => {
    const viewer = createShowViewer(3)
    viewer.snapshot(snapshot)
    viewer.diff(push)
    expect(viewer.disorder).toHaveLength(1)
    expect([viewer.seq, ...viewer.statuses]).toEqual([10, 0, 1, 2])
  })

  it('BENCH-3: notes a snapshot that goes back', () => {
    const viewer = createShowViewer(3)
    viewer.snapshot(snapshot)
    viewer.snapshot({ ...snapshot, seq: 9 })
    expect(viewer.disorder).toHaveLength(1)
  })
})

describe('figures', () => {
  it('BENCH-4: medians, spreads and percentiles', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(spreadPercent([90, 100, 110])).toBe(20)
    const { count, msP50, msP99 } = latenciesOf(Array.from({ length: 100 }, (_, at) => at + 1))
    expect(count).toBe(100)
    expect(msP50).toBeCloseTo(50, 0)
    expect(msP99).toBeCloseTo(99, 0)
  })

  it('BENCH-4: tables keep three digits and line numbers up on the right', () => {
    const text = formatTable({
      title: 'T',
      columns: ['name', 'n'],
      rows: [
        ['a', 12_345],
        ['bcd', 0.12345]
      ],
      notes: ['so']
    })
    expect(text.split('\n').slice(2, 6)).toEqual(['name       n', '────────────', 'a     12,345', 'bcd    0.123'])
    expect(text).toContain('  so')
  })

  it('BENCH-4: the same seed gives the same numbers', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed).next)
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(createRandom(1).shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4])
  })
})

/** Everything that was said, and the way to say it. */
function listening() {
  let said = ''
  const stream = new Writable({
    write: (part, _, done) => {
      said += part
      done()
    }
  })
  return { progress: createProgress(stream), said: () => said }
}

describe('the command line', () => {
  it('BENCH-5: refuses benches and options there are not', async () => {
    const { progress } = listening()
    await expect(runBenches(['nonsense'], progress)).rejects.toThrow('there is no bench nonsense')
    await expect(runBenches(['core', '--nonsense', '1'], progress)).rejects.toThrow('--nonsense')
    await expect(runBenches(['core', '--runs', 'many'], progress)).rejects.toThrow('--runs: expected a number')
    expect(() => wordSetting({ database: 'other' }, 'database', ['both'])).toThrow('--database: expected both')
    expect(numberSetting({ kills: '0' }, 'kills', 0)).toBe(0)
  })

  it('BENCH-6: core runs, tiny, says how it goes and ends with a table', async () => {
    const { progress, said } = listening()
    const small = ['--runs', '1', '--holds', '600', '--best', '5', '--seats', '1000']
    const { reports } = await runBenches(['core', ...small], progress)
    const rows = reports.core!.tables[0]!.rows
    expect(rows.map(([name]) => name)).toContain('hold: decide + apply')
    for (const [, rate] of rows) expect(rate).toBeGreaterThan(0)
    expect(said()).toContain('run 1/1')
    expect(said()).toContain('core: on one thread')
  })
})
