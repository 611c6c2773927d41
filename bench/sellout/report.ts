// What a sell-out came to, as tables: the sale itself, and what was checked and found.
import type { BenchReport } from '../bench.ts'
import type { DatabaseKind } from '../stage.ts'
import { latenciesOf } from '../statistics.ts'
import type { Cell, Table } from '../table.ts'
import type { Check } from './checker.ts'
import type { Crowd, CrowdReport } from './crowd.ts'

export interface Sale {
  readonly clients: number
  readonly kills: number
  readonly seed: number
  readonly holdMs: number
  readonly thinkMs: number
  readonly plan: object
  readonly planName: string
}

export interface Result {
  readonly kind: DatabaseKind
  readonly seats: number
  readonly seconds: number
  readonly restartMs: readonly number[]
  readonly crowd: Crowd['state']
  readonly report: CrowdReport
  readonly checks: readonly Check[]
}

const FAULTS_SHOWN = 5

export function reportOf(sale: Sale, results: readonly Result[]): BenchReport {
  const failures = results.flatMap(({ kind, checks }) =>
    checks.flatMap(({ name, faults }) =>
      faults.slice(0, FAULTS_SHOWN).map((fault) => `${kind}, ${name} (${faults.length} faults): ${fault}`)
    )
  )
  return { tables: [saleTable(sale, results), checksTable(results)], failures }
}

function saleTable(sale: Sale, results: readonly Result[]): Table {
  const codes = [...new Set(results.flatMap(({ crowd }) => Object.keys(crowd.answers)))].sort()
  const hold = results.map(({ report }) => latenciesOf(report.holdMs))
  const book = results.map(({ report }) => latenciesOf(report.bookMs))
  const row = (name: string, cell: (result: Result, at: number) => Cell): Cell[] => [name, ...results.map(cell)]
  return {
    title: `sellout: ${sale.clients} clients, ${sale.planName}, seed ${sale.seed}`,
    columns: ['', ...results.map(({ kind }) => kind)],
    rows: [
      row('seats', ({ seats }) => seats),
      row('seconds to sell out', ({ seconds }) => seconds),
      ...codes.map((code) => row(`answers, repeated ones too: ${code}`, ({ crowd }) => crowd.answers[code] ?? 0)),
      row('holds, each once', ({ report }) => granted(report, 'hold')),
      row('bookings, each once', ({ report }) => granted(report, 'book')),
      row('holds forgotten, so that they ran out', ({ crowd }) => crowd.forgotten),
      row('bookings of a part of their hold', ({ report }) => partly(report)),
      row('kills', ({ restartMs }) => restartMs.length),
      ...Array.from({ length: sale.kills }, (_, at) =>
        row(`ms from start ${at + 2} to the first acknowledged write`, ({ restartMs }) => restartMs[at] ?? '')
      ),
      row('hold acknowledged, ms p50', (_, at) => hold[at]!.msP50),
      row('hold acknowledged, ms p99', (_, at) => hold[at]!.msP99),
      row('booking acknowledged, ms p50', (_, at) => book[at]!.msP50),
      row('booking acknowledged, ms p99', (_, at) => book[at]!.msP99)
    ]
  }
}

function granted({ records }: CrowdReport, op: string): number {
  return records.filter((record) => record.op === op && record.granted.length > 0).length
}

function partly({ records }: CrowdReport): number {
  return records.filter(({ op, seats, granted }) => op === 'book' && seats !== null && granted.length > 0).length
}

function checksTable(results: readonly Result[]): Table {
  const names = results[0]?.checks.map(({ name }) => name) ?? []
  return {
    title: 'sellout: what was checked',
    columns: ['check', ...results.flatMap(({ kind }) => [`${kind}: looked at`, 'faults'])],
    rows: names.map((name, at) => [
      name,
      ...results.flatMap(({ checks }) => [checks[at]!.checked, checks[at]!.faults.length])
    ])
  }
}
