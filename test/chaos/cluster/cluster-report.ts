// What a run with a cluster came to, as tables.
import { type Cell, formatTable, type Table } from '../../../bench/table.ts'
import { answersTable, checksTable, failuresText } from '../chaos-report.ts'
import type { ClusterAvailability } from './cluster-availability.ts'
import type { ClusterResult } from './cluster-chaos.ts'

export function clusterReportText(result: ClusterResult): string {
  const tables = [answersTable(result), faultsTable(result), bookingsTable(result), checksTable(result)]
  return [...tables.map(formatTable), ...failuresText(result)].join('\n\n')
}

function faultsTable({ faults }: ClusterResult): Table {
  return {
    title: 'chaos: shows without service, in milliseconds',
    columns: [
      ...['fault', 'count', 'concerned, p50', 'max', 'goal', 'over it', 'moved, p50', 'max', 'others, p50', 'max'],
      ...['at rest after', 'longest wait of a client']
    ],
    rows: faults.map(faultRow),
    notes: [
      'the longest time without an acknowledged write of a probe that asks every 20 ms through a node that nothing was',
      'done to, a show and a fault each; concerned: of the node it was done to; moved: to another owner because of it',
      'at rest: from the end of the harm until every node is ready and every shard is where it belongs',
      'longest wait: until a client heard anything of what it had asked, `unavailable` included'
    ]
  }
}

function faultRow(row: ClusterAvailability): readonly Cell[] {
  const { name, count, concernedMs, movedMs, othersMs, goalMs, overGoal, restMs, waitMsMax } = row
  const ms = [concernedMs.p50, concernedMs.max, goalMs ?? Number.NaN, overGoal, movedMs.p50, movedMs.max]
  return [name, count, ...[...ms, othersMs.p50, othersMs.max, restMs.max, waitMsMax].map(Math.round)]
}

function bookingsTable({ bookings }: ClusterResult): Table {
  return {
    title: 'chaos: bookings of holds that had not ended, asked for during a fault and the quiet after it',
    columns: ['fault', 'asked for', 'failed in the end', 'the first of these'],
    rows: bookings.map(({ name, asked, failed }) => [name, asked, failed.length, failed[0] ?? ''])
  }
}
