import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { blockPlan } from '../bench/bench-plan.ts'
import { createProgress } from '../bench/progress.ts'
import { runBenches } from '../bench/run.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

it('BENCH-64: crowd, tiny, on two nodes: every viewer has the map of a house that is sold out', async () => {
  const folder = temporaryFolder('crowd-test')
  try {
    const plan = join(folder.path, 'studio.json')
    writeFileSync(plan, JSON.stringify(blockPlan('Studio', { blocks: 2, rows: 6, seatsPerRow: 20 })))
    let said = ''
    const progress = createProgress({ write: (text: string) => (said += text) })
    const small = ['--clients', '40', '--nodes', '2', '--seconds', '1', '--think-ms', '100', '--plan', plan]
    const { reports } = await runBenches(['crowd', ...small], progress)
    const { tables, failures, verdicts } = reports.crowd!
    expect(failures).toEqual([])
    const seen = (name: string) => tables.flatMap(({ rows }) => rows).find(([first]) => first === name)?.[1]
    expect(seen('viewers with a wrong map at the end')).toBe(0)
    expect(seen('seat changes seen, of all there were, %')).toBe(100)
    expect(seen('pushes delivered')).toBeGreaterThan(40)
    expect(tables[1]!.rows).toHaveLength(2)
    expect(verdicts!.map(({ unit }) => unit)).toEqual(['', 'KB', 'ms'])
    expect(said).toContain('40 viewers on 2 nodes, 240 seats')
  } finally {
    await folder.dispose()
  }
}, 180_000)
