// What is said at the end: what the nodes did, what moved, what was sold, and whether all of it is there.
import { formatTable, type Table } from '../table.ts'
import type { Chronicle } from './chronicle.ts'
import type { OurNode } from './hands.ts'
import { type Moves, rangeOf, shardsOf } from './moves.ts'
import type { Checked, SaleFigures } from './sale.ts'
import { duration } from './styled-text.ts'
import type { Watch } from './watch.ts'

export interface Ending {
  readonly seconds: number
  /** As they were before the end. */
  readonly nodes: readonly OurNode[]
  readonly watch: Pick<Watch, 'view' | 'figures'>
  readonly chronicle: Pick<Chronicle, 'handed' | 'claimed'>
  readonly sale: { readonly figures: SaleFigures; readonly checked: Checked } | null
}

export function summaryText({ seconds, nodes, watch, chronicle, sale }: Ending): string {
  const tables = [nodesTable(`What the nodes did in ${seconds.toFixed(0)} s`, nodes, watch)]
  if (sale !== null) tables.push(saleTable(sale.figures))
  const lines = [
    moveLine('handed over', chronicle.handed, 'ms'),
    moveLine('claimed from nodes that fell silent', chronicle.claimed, 's')
  ]
  if (sale !== null) lines.push(checkedLine(sale.checked))
  return [...tables.map(formatTable), lines.filter((line) => line !== '').join('\n')].join('\n\n')
}

function nodesTable(title: string, nodes: readonly OurNode[], { view, figures }: Ending['watch']): Table {
  const rows = nodes.map(({ id, state }) => {
    const said = figures.get(id)
    const owned = view?.nodes.find(({ node }) => node === id)?.owned.length ?? 0
    if (said === undefined) return [id, state, owned, ...Array.from({ length: 6 }, () => Number.NaN)]
    const { commits, outcomes, cpuSeconds, megabytes } = said
    const ok = outcomes.get('ok') ?? 0
    const retry = ['unavailable', 'busy'].reduce((sum, code) => sum + (outcomes.get(code) ?? 0), 0)
    const all = [...outcomes.values()].reduce((sum, one) => sum + one, 0)
    return [id, state, owned, commits, ok, all - ok - retry, retry, cpuSeconds, Math.round(megabytes)]
  })
  return {
    title,
    columns: ['node', 'is', 'shards', 'commits', 'done', 'refused', 'unavailable', 'CPU s', 'MB'],
    rows,
    notes: ['counted by each node itself, as it said last; unavailable: for now, to be asked again']
  }
}

function saleTable({ all, longestMs, outcomes }: SaleFigures): Table {
  const rows = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => [outcome, count])
  const { count, msP50, msP99 } = all
  return {
    title: 'What the buyers were told',
    columns: ['outcome', 'writes'],
    rows,
    notes: [`${count} writes: p50 ${duration(msP50)}, p99 ${duration(msP99)}, longest ${duration(longestMs)}`]
  }
}

function moveLine(what: string, moves: Moves, unit: 'ms' | 's'): string {
  return moves.count === 0 ? '' : `${shardsOf(moves)} ${what}, after ${rangeOf(moves, unit)}`
}

/** Something was acknowledged, and is nowhere. */
export function isLost({ missing, behind }: Checked): boolean {
  return missing.length > 0 && behind === 0
}

function checkedLine(checked: Checked): string {
  const { acknowledged, missing, behind } = checked
  if (missing.length === 0) return `${acknowledged} bookings acknowledged and kept: all of them are in the database`
  if (!isLost(checked))
    return `Not judged: the tables are ${behind} frames behind the journal, and lack ${missing.length} bookings`
  const some = missing.slice(0, 5).join(', ')
  return `LOST: ${missing.length} of ${acknowledged} acknowledged bookings are not in the database: ${some}`
}
