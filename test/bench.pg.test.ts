import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { BenchReport } from '../bench/bench.ts'
import { blockPlan } from '../bench/bench-plan.ts'
import { createProgress } from '../bench/progress.ts'
import { runBenches } from '../bench/run.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** Runs a bench as the command line would, and answers its report and what it said. */
async function bench(name: string, ...options: readonly string[]): Promise<{ report: BenchReport; said: string }> {
  let said = ''
  const progress = createProgress({ write: (text: string) => (said += text) })
  const { reports } = await runBenches([name, ...options], progress)
  return { report: reports[name]!, said }
}

/** The cell of the row that starts with `name`. */
function cell({ tables }: BenchReport, name: string, column = 1): unknown {
  return tables.flatMap(({ rows }) => rows).find(([first]) => first === name)?.[column]
}

it('BENCH-7: sellout sells a house out on both databases across a kill, and finds nothing wrong', async () => {
  const folder = temporaryFolder('sellout-test')
  try {
    const plan = join(folder.path, 'studio.json')
    writeFileSync(plan, JSON.stringify(blockPlan('Studio', { blocks: 2, rows: 6, seatsPerRow: 20 })))
    const small = ['--plan', plan, '--clients', '40', '--kills', '1', '--hold-ms', '1000', '--think-ms', '400']
    const { report, said } = await bench('sellout', ...small)
    expect(report.failures).toEqual([])
    for (const database of [1, 2]) {
      expect(cell(report, 'seats', database)).toBe(240)
      expect(cell(report, 'bookings, each once', database)).toBeGreaterThan(60)
      expect(cell(report, 'kills', database)).toBe(1)
    }
    expect(said).toContain('sold out in')
  } finally {
    await folder.dispose()
  }
}, 180_000)

it('BENCH-6: journal runs, tiny, on both databases', async () => {
  const { report } = await bench('journal', '--runs', '1', '--seconds', '0.05')
  const [table] = report.tables
  expect(new Set(table!.rows.map(([name]) => name))).toEqual(
    new Set(['postgres', 'postgres, plain insert', 'embedded'])
  )
  for (const [, , commands] of table!.rows) expect(commands).toBeGreaterThan(0)
})

it('BENCH-6: ws runs, tiny, beside its echo', async () => {
  const small = ['--runs', '1', '--seconds', '0.3', '--warm-up', '0.1', '--shows', '4', '--seats', '2000']
  const { report } = await bench('ws', ...small, '--sockets', '8', '--outstanding', '16')
  expect(cell(report, 'frontrow, durable holds')).toBeGreaterThan(0)
  expect(cell(report, 'JSON echo')).toBeGreaterThan(0)
  expect(cell(report, 'frontrow, durable holds', 4)).toBe(0)
})

it('BENCH-6: memory runs, tiny, without waiting for shows to leave', async () => {
  const { report } = await bench('memory', '--shows', '20', '--first', '0')
  const [started, touched] = report.tables[0]!.rows
  expect(started![1]).toBe(0)
  expect(touched![1]).toBe(20)
  expect(touched![2]).toBeGreaterThan(10)
})
