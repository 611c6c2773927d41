import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BenchReport, Verdict } from '../bench/bench.ts'
import { slopeOf } from '../bench/load/drift.ts'
import type { LoadGroup } from '../bench/load/load-tables.ts'
import { createRecorder } from '../bench/load/recorder.ts'
import { diffTables } from '../bench/load/report/diff.ts'
import { renderPage } from '../bench/load/report/page.ts'
import { percentileCurve } from '../bench/load/report/percentiles.ts'
import type { Report } from '../bench/load/report/report.ts'
import { decades, niceTicks, short } from '../bench/load/report/svg.ts'
import type { LoadRun } from '../bench/load/run-load.ts'
import { outcomeOf } from '../bench/verdict.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const folder = temporaryFolder('bench-report')

afterAll(() => folder.dispose())

/** A run of one second in which grants took 1, 2, 3 … ms. */
function runOf(system: string, grants: number): LoadRun {
  const recorder = createRecorder()
  const from = performance.now()
  recorder.begin(from)
  for (let ms = 1; ms <= grants; ms++) recorder.granted(ms, from + ms)
  recorder.point(from + 500, 1)
  recorder.point(from + 1_000, 1)
  recorder.end(from + 1_000)
  const trace = {
    shows: 1,
    seatsPerShow: 40,
    party: 4,
    showsAtOnce: 1,
    perMessage: 1,
    takenShare: 0,
    users: 1,
    seed: 1
  }
  const processes = [
    { name: 'frontrow', processors: 0.5, megabytes: 100 },
    { name: 'generator', processors: 0.1, megabytes: 50 }
  ]
  return {
    system,
    plan: {
      ...{ system, settings: { connections: 1 }, loop: { kind: 'closed', outstanding: 1 } },
      ...{ trace: { ...trace, endless: false }, warmUpMs: 0, measureMs: 1_000, persistent: false }
    },
    result: recorder.result(0, false),
    usage: { processes, series: [], others: 0 }
  }
}

function group(name: string, ...grants: readonly number[]): LoadGroup {
  return { name, runs: grants.map((count) => runOf(name, count)) }
}

function reportOf(benches: Readonly<Record<string, BenchReport>>): Report {
  const machine = { system: 'Linux', processor: 'one', processors: 2, gigabytes: 4, loadAverage: 0 }
  return {
    ...{
      format: 1,
      startedAt: '2030-01-01T00:00:00.000Z',
      command: ['compare'],
      commit: 'abc',
      versions: { node: 'v22' }
    },
    machine: { ...machine, syncMsP50: 0.1, syncMsP99: 0.2 },
    benches
  }
}

const VERDICT: Verdict = { what: 'rate', value: 2, values: [2], unit: 'times', goal: 1.5, better: 'higher' }

describe('the page', () => {
  const hostile = '<script src="https://example.org">&'
  const table = { title: hostile, columns: ['a', 'b'], rows: [['x', 1.5]], notes: ['so'] }
  const bench: BenchReport = {
    tables: [table],
    failures: [],
    loads: [group('frontrow over NATS', 100, 120), group(hostile, 40, 50)],
    verdicts: [VERDICT]
  }

  it('BENCH-36: shows systems side by side, rates and latencies over time, percentiles, tables and goals', () => {
    const page = renderPage(reportOf({ compare: bench }))
    for (const title of ['Granted a second', 'Latency p99, ms', 'over time', 'Latency by percentile, ms']) {
      expect(page).toContain(title)
    }
    expect(page).toContain('goal met')
    expect(page.match(/<path class="line c0"/g)).toHaveLength(3)
    expect(page.match(/<path class="bar /g)).toHaveLength(4)
    expect(page).not.toMatch(/NaN|undefined|null|Infinity/)
  })

  it('BENCH-36: of several benches begins with what all say of goals, each with its name', () => {
    const page = renderPage(reportOf({ one: bench, other: bench }))
    for (const name of ['one', 'other']) expect(page).toContain(`<td>${name}: ${VERDICT.what}</td>`)
    expect(renderPage(reportOf({ one: bench }))).not.toContain('<td>one: ')
  })

  it('BENCH-36: needs nothing from elsewhere, runs nothing, and has no markup but its own', () => {
    const page = renderPage(reportOf({ compare: bench }))
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script src=&quot;https://example.org&quot;&gt;&amp;')
    expect(page.replaceAll('&lt;script src=&quot;https://example.org', '')).not.toMatch(/https?:|@import|url\(/)
    expect(page).toContain('prefers-color-scheme: dark')
  })

  it('BENCH-36: is the same from the JSON that was kept, also where nothing was granted', () => {
    const report = reportOf({ compare: { ...bench, loads: [group('frontrow over NATS', 0, 0), group('other', 5, 5)] } })
    expect(renderPage(JSON.parse(JSON.stringify(report)) as Report)).toBe(renderPage(report))
  })
})

describe('what plots stand on', () => {
  it('BENCH-36: ticks are round and reach over what is shown, numbers are short', () => {
    expect(niceTicks(9.3)).toEqual([0, 2.5, 5, 7.5, 10])
    expect(niceTicks(20_000)).toEqual([0, 5_000, 10_000, 15_000, 20_000])
    expect(niceTicks(0)).toEqual([0, 1])
    expect(decades(0.3, 40)).toEqual([0.1, 1, 10, 100])
    expect([0.25, 12_345, 2_500_000].map(short)).toEqual(['0.25', '12.3k', '2.5M'])
  })

  it('BENCH-36: the percentile curve is that of all runs together', () => {
    const curve = percentileCurve([runOf('x', 100), runOf('x', 300)])
    const at = (nines: number) => curve.find((point) => Math.abs(point.nines - nines) < 1e-9)!.ms
    expect(at(1)).toBeCloseTo(260, -1)
    expect(at(2)).toBeCloseTo(296, -1)
    expect(curve.at(-1)!.nines).toBeLessThan(Math.log10(401))
  })

  it('BENCH-36: what drifts has a slope', () => {
    const rising = [0, 1, 2, 3].map((second) => ({ second, value: 5 + 2 * second }))
    expect(slopeOf(rising)).toBeCloseTo(2)
  })
})

describe('goals', () => {
  it.each([
    ['goal met', 2, 'higher'],
    ['floor met', 1.2, 'higher'],
    ['not met', 0.9, 'higher'],
    ['goal met', 1.5, 'lower'],
    ['not met', 1.6, 'lower']
  ] as const)('BENCH-37: %s by %f where %s is better', (outcome, value, better) => {
    const floor = better === 'higher' ? { floor: 1 } : {}
    expect(outcomeOf({ ...VERDICT, value, better, ...floor })).toBe(outcome)
  })
})

describe('two reports side by side', () => {
  const written = (report: Report) => {
    const file = join(mkdtempSync(join(folder.path, 'report-')), 'report.json')
    writeFileSync(file, JSON.stringify(report))
    return file
  }
  const one = (grants: readonly number[], value: number) =>
    written(
      reportOf({
        compare: {
          tables: [],
          failures: [],
          loads: [group('x', ...grants)],
          verdicts: [{ ...VERDICT, value, values: [value] }]
        }
      })
    )
  const word = (before: string, after: string, figure: string) =>
    diffTables(before, after)[0]!
      .rows.find((row) => row[2] === figure)
      ?.at(-1)

  it('BENCH-38: says better or worse where runs do not overlap, and nothing where they do', () => {
    const before = one([100, 120], 2)
    const faster = one([200, 220], 3)
    expect(word(before, faster, 'granted/s')).toBe('better')
    expect(word(faster, before, 'granted/s')).toBe('worse')
    // Whoever does more has higher numbers in these runs, and so the worse latency.
    expect(word(before, faster, 'ms p99')).toBe('worse')
    expect(word(before, one([110, 130], 2), 'granted/s')).toBe('')
    expect(word(before, faster, 'times')).toBe('better')
  })

  it('BENCH-38: takes nothing for a report that is none', () => {
    const other = written({ format: 2 } as unknown as Report)
    expect(() => diffTables(other, other)).toThrow('is not a report')
  })
})
