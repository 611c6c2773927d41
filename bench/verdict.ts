// Figures beside their goals: as a table in the terminal, and as a word.
import type { BenchReport, Verdict } from './bench.ts'
import { spreadPercent } from './statistics.ts'
import { type Cell, formatCell, type Table } from './table.ts'

export function outcomeOf({ value, goal, floor, better }: Verdict): 'goal met' | 'floor met' | 'not met' {
  const reaches = (bound: number) => (better === 'higher' ? value >= bound : value <= bound)
  if (reaches(goal)) return 'goal met'
  return floor !== undefined && reaches(floor) ? 'floor met' : 'not met'
}

/** All that several benches say of goals, each with the name of its bench; none where only one does, which says so itself. */
export function verdictsOfAll(reports: Readonly<Record<string, BenchReport>>): readonly Verdict[] {
  const telling = Object.entries(reports).filter(([, { verdicts = [] }]) => verdicts.length > 0)
  if (telling.length < 2) return []
  return telling.flatMap(([name, { verdicts = [] }]) =>
    verdicts.map((verdict) => ({ ...verdict, what: `${name}: ${verdict.what}` }))
  )
}

export function verdictTable(verdicts: readonly Verdict[]): Table {
  const rows = verdicts.map((verdict): Cell[] => {
    const { what, value, values, unit, goal, floor, better } = verdict
    const aim = `${better === 'higher' ? '≥' : '≤'} ${formatCell(goal)}${floor === undefined ? '' : ` (floor ${formatCell(floor)})`}`
    return [what, value, unit, aim, outcomeOf(verdict), values.length > 1 ? spreadPercent(values) : Number.NaN]
  })
  return { title: 'figures and goals', columns: ['figure', 'seen', '', 'goal', '', 'spread %'], rows }
}
