// What came of a crowd, as tables: the figures, what the viewers cost each node in memory, and what was not right.
import type { BenchReport, Verdict } from '../bench.ts'
import { median } from '../statistics.ts'
import type { Cell, Table } from '../table.ts'
import { sumOf } from './audiences.ts'
import { type CrowdEvidence, judgeCrowd, type ShardHead } from './judge.ts'
import type { Use } from './node-use.ts'
import type { ViewerCounts } from './protocol.ts'
import type { Seller } from './seller.ts'
import { mergeAges, newAges, summaryOf } from './staleness.ts'

export interface CrowdResult extends CrowdEvidence {
  readonly viewers: number
  /** Before the viewers came. */
  readonly firstHead: ShardHead
  readonly connectSeconds: number
  readonly seller: Seller
  /** On the machine's clock. */
  readonly startedAt: number
  readonly soldOutAt: number
  readonly countsBefore: ViewerCounts
  readonly use: { readonly before: Use; readonly withViewers: Use; readonly after: Use }
  /** Processors busy during the sale: nodes, viewers, Postgres, NATS. */
  readonly busy: readonly number[]
}

const KILOBYTES_GOAL = 10
const STALENESS_MS_GOAL = 3_000

export function reportOf(result: CrowdResult): BenchReport {
  const wrong = judgeCrowd(result)
  const verdicts: Verdict[] = []
  const verdict = (what: string, value: number, unit: string, goal: number) =>
    verdicts.push({ what, value, values: [value], unit, goal, better: 'lower' })
  verdict('viewers with a wrong map at the end', wrong.viewers, '', 0)
  verdict('resident on the nodes, a connection', median(perConnection(result)), 'KB', KILOBYTES_GOAL)
  verdict('staleness p99', staleness(result).decided.msP99, 'ms', STALENESS_MS_GOAL)
  return { tables: [saleTable(result, wrong.viewers), nodesTable(result)], failures: wrong.failures, verdicts }
}

function staleness({ reports }: CrowdResult) {
  const ages = newAges()
  for (const report of reports) mergeAges(ages, report.ages)
  return { decided: summaryOf(ages.decided), acknowledged: summaryOf(ages.acknowledged) }
}

/** Kilobytes by node: resident with its viewers less resident before. */
function perConnection({ viewers, use: { before, withViewers } }: CrowdResult): number[] {
  return withViewers.nodes.map(({ residentKilobytes }, at) => {
    return (residentKilobytes - before.nodes[at]!.residentKilobytes) / (viewers / before.nodes.length)
  })
}

function saleTable(result: CrowdResult, wrong: number): Table {
  const { viewers, seats, connectSeconds, seller, startedAt, soldOutAt, countsBefore, reports, busy } = result
  const counts = sumOf(reports)
  const lastSeconds = (Math.max(...reports.map(({ caughtUpAt }) => caughtUpAt)) - startedAt) / 1000
  const pushes = counts.pushes - countsBefore.pushes
  const { decided, acknowledged } = staleness(result)
  const { firstHead, head } = result
  const rows: Cell[][] = [
    ['viewers that came in a second', viewers / connectSeconds],
    ['seconds to sell out', (soldOutAt - startedAt) / 1000],
    ['seconds until the last viewer had all of it', lastSeconds],
    ['pushes delivered', pushes],
    ['pushes delivered a second', pushes / lastSeconds],
    ['megabytes delivered a second', (counts.bytes - countsBefore.bytes) / lastSeconds / 1024 ** 2],
    ['staleness, ms p50', decided.msP50],
    ['staleness, ms p99', decided.msP99],
    ['staleness, ms max', decided.msMax],
    ['since its acknowledgement, ms p50', acknowledged.msP50],
    ['since its acknowledgement, ms p99', acknowledged.msP99],
    ['since its acknowledgement, ms max', acknowledged.msMax],
    ['seat changes seen, of all there were, %', (decided.count / (viewers * seats * 2)) * 100],
    ['skipped to a snapshot', counts.skips - countsBefore.skips],
    ['gaps, healed by subscribing again', counts.gaps],
    ['epochs that the show began meanwhile', head.epoch - firstHead.epoch],
    ...Object.entries(counts.troubles).map(([name, count]): Cell[] => [`viewers' sockets: ${name}`, count]),
    ...Object.entries(seller.retried).map(([name, count]): Cell[] => [`asked again: ${name}`, count]),
    ['viewers with a wrong map at the end', wrong],
    ...['nodes', 'viewers', 'Postgres', 'NATS'].map((name, at): Cell[] => [`processors busy: ${name}`, busy[at]!])
  ]
  return {
    title: `crowd: ${viewers} viewers on ${result.maps.length} nodes, ${seats} seats sold in parties of 4`,
    columns: ['', 'seen'],
    rows,
    notes: [
      'Staleness: from the decision of a seat change, just before its commit, to its receipt; over all viewers and all',
      'seat changes, on one clock. A seat that a viewer saw booked before it saw it held counts for both then.'
    ]
  }
}

function nodesTable(result: CrowdResult): Table {
  const { viewers, use, head } = result
  const { before, withViewers, after } = use
  const each = perConnection(result)
  const rows = after.nodes.map(({ id, residentKilobytes, residentKilobytesMax, delayMsMax }, at): Cell[] => {
    const [first, then] = [before.nodes[at]!, withViewers.nodes[at]!]
    const heapEach = (then.heapKilobytes - first.heapKilobytes) / (viewers / after.nodes.length)
    const wholeEach = then.residentKilobytes / (viewers / after.nodes.length)
    const resident = [first.residentKilobytes, then.residentKilobytes, residentKilobytes, residentKilobytesMax]
    const name = id === head.owner ? `${id}, owner` : id
    return [name, ...resident.map((kilobytes) => kilobytes / 1024), each[at]!, heapEach, wholeEach, delayMsMax]
  })
  const queues = [before, withViewers, after].map(({ socketQueuesMegabytes }) => socketQueuesMegabytes.toFixed(0))
  return {
    title: 'crowd: what the viewers cost the nodes',
    columns: [
      ...['node', 'MB before', 'with viewers', 'after the sale', 'at the most'],
      ...['KB a connection', 'of that V8 heap', 'with the whole node', 'ms busy at a time, max']
    ],
    rows,
    notes: [
      'MB are resident; before the first two, garbage was collected. Busy: its event loop, without a break, in the sale.',
      `The kernel keeps its part of sockets elsewhere; in their queues, both ends, were ${queues.join(', then ')} MB.`
    ]
  }
}
