// Every load, tiny: against a server that runs, and against servers of the harness's own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BenchReport } from '../bench/bench.ts'
import type { LoadRun } from '../bench/load/run-load.ts'
import { createProgress } from '../bench/progress.ts'
import { runBenches } from '../bench/run.ts'
import { type Stage, startStage } from '../bench/stage.ts'
import { startNats, type TestNats } from './support/nats.ts'

/** Each starts a Postgres, a NATS server and Frontrow, some of them twice. */
const STARTS_MS = 240_000
const SHORT = ['--seconds', '0.5', '--warm-up', '0.2']
const SMALL = ['--shows', '2', '--seats', '2000', '--outstanding', '16', ...SHORT]

async function bench(name: string, ...options: readonly string[]): Promise<{ report: BenchReport; said: string }> {
  let said = ''
  const progress = createProgress({ write: (text: string) => (said += text) })
  const { reports } = await runBenches([name, ...options], progress)
  return { report: reports[name]!, said }
}

/** The runs of the only system there is. */
function runsOf({ loads }: BenchReport): readonly [LoadRun, ...LoadRun[]] {
  const [run, ...more] = loads![0]!.runs
  return [run!, ...more]
}

describe('a server that runs', () => {
  let nats: TestNats
  let stage: Stage
  let there: readonly string[] = []

  beforeAll(async () => {
    nats = await startNats()
    stage = await startStage('postgres', { NATS_URL: nats.url })
    there = ['--url', stage.server.wsUrl, '--token', await stage.token('tester', 'admin')]
  })

  afterAll(async () => {
    await stage?.dispose()
    await nats?.dispose()
  })

  it.each([
    ['over WebSocket', () => []],
    ['over NATS', () => ['--nats', nats.url]],
    ['over NATS, 8 a message', () => ['--nats', nats.url, '--per-message', '8']]
  ])('BENCH-40: is asked %s, by a closed loop: grants, and refusals of what was asked for before', async (_, door) => {
    const { report } = await bench('spread', ...there, ...door(), ...SMALL, '--taken', '20')
    const [{ result }] = runsOf(report)
    expect(report.failures.filter((failure) => !failure.includes('every seat'))).toEqual([])
    expect(result.granted).toBeGreaterThan(20)
    expect(Object.keys(result.refused)).toEqual(['seats_unavailable'])
    const { msP50, msP99, count } = result.latency
    expect([count, msP50 > 0, msP99 >= msP50]).toEqual([result.granted, true, true])
  })

  it('BENCH-40: is asked by an open loop at the rate that was given', async () => {
    const { report } = await bench('spread', ...there, '--nats', nats.url, ...SMALL, '--rate', '200', '--seconds', '2')
    const { latency, lateness, seconds } = runsOf(report)[0].result
    expect(latency.count / seconds).toBeGreaterThan(100)
    expect(lateness.count).toBeGreaterThanOrEqual(latency.count)
  })

  it('BENCH-40: is asked at a share of the peak, which is looked for first', async () => {
    const { report } = await bench('spread', ...there, '--nats', nats.url, ...SMALL, '--rate', '10%')
    const { loop } = runsOf(report)[0].plan
    expect(loop.kind === 'open' && loop.curve.at(-1)!.perSecond).toBeGreaterThan(5)
  })

  it('BENCH-40: gives the best seats, refuses those who come late, and lets its shows be given', async () => {
    const best = await bench('best-available', ...there, '--nats', nats.url, ...SMALL)
    expect(runsOf(best.report)[0].result.granted).toBeGreaterThan(20)
    const few = await bench('contention', ...there, '--outstanding', '16', ...SHORT)
    expect(runsOf(few.report)[0].result.refused.seats_unavailable).toBeGreaterThan(20)
    await stage.createShow(smallShow('given'))
    const given = await bench(
      'hot-show',
      ...there,
      '--show-ids',
      'given',
      '--shows',
      '1',
      '--seats',
      '400',
      '--taken',
      '0',
      ...SHORT
    )
    expect(runsOf(given.report)[0].result).toMatchObject({ refused: {}, failed: 0 })
  })

  it('BENCH-40: sees buyers who come in a wave, hold, think, and book or stay away', async () => {
    const sale = [
      '--peak',
      '150',
      '--tail',
      '20',
      '--think-ms',
      '50',
      '--shows',
      '3',
      '--seats',
      '2000',
      '--seconds',
      '2'
    ]
    const { report } = await bench('flash-sale', ...there, '--nats', nats.url, ...sale, '--abandon', '50')
    expect(report.failures).toEqual([])
    const { granted, steps } = runsOf(report)[0].result
    expect(granted).toBeGreaterThan(50)
    expect(steps.book!.count / granted).toBeGreaterThan(0.2)
    expect(steps.book!.count / granted).toBeLessThan(0.8)
  })

  it('BENCH-40: says what is missing to ask it', async () => {
    await expect(bench('spread', '--nats', nats.url)).rejects.toThrow('--nats needs --url')
    await expect(bench('spread', '--url', stage.server.url)).rejects.toThrow('needs --token')
    await expect(bench('spread', ...there, '--shows', '2', '--show-ids', 'given')).rejects.toThrow('--shows says 2')
    await expect(bench('spread', '--system', 'nonsense')).rejects.toThrow('not the name of one system')
  })
})

describe('servers of its own', () => {
  it(
    'BENCH-41: every run begins with the same empty house, and the processes of each are measured',
    async () => {
      const { report, said } = await bench('spread', ...SMALL, '--runs', '2', '--taken', '0')
      expect(report.failures.filter((failure) => !failure.includes('every seat'))).toEqual([])
      for (const { result } of runsOf(report)) {
        expect(result.granted).toBeGreaterThan(10)
        expect(result.refused).toEqual({})
      }
      const { processes } = runsOf(report)[0].usage
      expect(processes.map(({ name }) => name)).toEqual(['frontrow', 'postgres', 'nats', 'generator'])
      for (const { megabytes } of processes) expect(megabytes).toBeGreaterThan(5)
      expect(said).toContain('frontrow over NATS')
    },
    STARTS_MS
  )

  it(
    'BENCH-42: a killed server leaves a gap, and every hold under way is granted after it',
    async () => {
      const small = [
        '--shows',
        '2',
        '--seats',
        '8000',
        '--rate',
        '100',
        '--seconds',
        '12',
        '--warm-up',
        '0.2',
        '--taken',
        '0'
      ]
      const { report, said } = await bench('failover', ...small, '--kills', '1')
      const { gaps, repeated, refused } = runsOf(report)[0].result
      expect(said).toContain('kill 1: ready again after')
      expect(gaps[0]!.ms).toBeGreaterThan(300)
      expect(repeated).toBeGreaterThan(10)
      expect([refused, report.failures]).toEqual([{}, []])
    },
    STARTS_MS
  )

  it(
    'BENCH-41: a soak says what drifts in latency, memory, disk and readers of the journal',
    async () => {
      const { report } = await bench(
        'soak',
        '--shows',
        '4',
        '--seats',
        '2000',
        '--rate',
        '100',
        '--seconds',
        '2',
        '--warm-up',
        '0.2'
      )
      const names = report.tables.slice(0, 3).flatMap(({ rows }) => rows.map(([name]) => name))
      expect(names).toEqual(
        expect.arrayContaining(['ms p99', 'MB frontrow', 'journal', 'write-ahead log', 'not in the read model'])
      )
    },
    STARTS_MS
  )

  it(
    'BENCH-43: systems run in turns on one trace, each beside ours, and a figure beside its goal',
    async () => {
      // So many that an echo on a fast machine does not ask for all of them before it is measured.
      const small = ['--runs', '2', ...SHORT, '--sweep-seconds', '0', '--shows', '16', '--seats', '32000']
      const { report } = await bench('websocket-json', ...small)
      expect(report.loads!.map(({ name, runs }) => [name, runs.length]).sort()).toEqual([
        ['JSON echo over WebSocket', 2],
        ['frontrow over WebSocket', 2]
      ])
      const [verdict] = report.verdicts!
      expect(verdict!.values).toHaveLength(2)
      expect(verdict!.value).toBeGreaterThan(0)
      expect(verdict!.value).toBeLessThan(1)
    },
    STARTS_MS
  )

  it(
    'BENCH-44: viewers see a house being sold, all of them right, beside a bare publisher of the same bytes',
    async () => {
      const small = ['--viewers', '40', '--viewed-seats', '400', '--seconds', '2', '--runs', '1']
      const { report } = await bench('fan-out', ...small)
      expect(report.failures).toEqual([])
      const [frontrow, bare] = report.tables[0]!.rows
      expect([Number(frontrow![1]) > 100, Number(bare![1]) > 100]).toEqual([true, true])
      expect(report.verdicts!.find(({ what }) => what.includes('wrong map'))!.value).toBe(0)
    },
    STARTS_MS
  )
})

function smallShow(id: string): object {
  const seats = Array.from({ length: 400 }, (_, at) => ({
    ...{ seat_guid: `S${at}`, seat_number: `${at}`, position: { x: at * 25, y: 0 }, category: 'A' }
  }))
  const zones = [{ name: 'Z', position: { x: 0, y: 0 }, rows: [{ row_number: '1', position: { x: 0, y: 0 }, seats }] }]
  const plan = { name: 'Small', categories: [{ name: 'A', color: '#c0392b' }], zones }
  const policy = { holdsPerUserMax: 1_000, seatsPerUserMax: 1_000 }
  return { id, title: id, startsAt: '2040-05-01T19:30:00Z', currency: 'EUR', plan, prices: { A: 100 }, policy }
}
