// Holds what a crowd was told to the maps that the nodes give at the end: how many viewers have a wrong one, and what else
// is not as it should be.
import type { SeatMap } from '../sellout/house.ts'
import type { ViewersReport } from './protocol.ts'

/** Who has the show. */
export interface ShardHead {
  readonly owner: string | null
  readonly epoch: number
}

/** The seat map that a node gives. */
export interface NodeMap {
  readonly id: string
  readonly map: SeatMap
}

export interface CrowdEvidence {
  readonly seats: number
  /** At the end. */
  readonly head: ShardHead
  readonly maps: readonly NodeMap[]
  readonly reports: readonly ViewersReport[]
}

export interface CrowdJudgement {
  /** Those whose map is wrong. */
  readonly viewers: number
  readonly failures: readonly string[]
}

const BOOKED = 2
const FAULTS_SHOWN = 3

export function judgeCrowd({ seats, head, maps, reports }: CrowdEvidence): CrowdJudgement {
  const map = ownersMap(head, maps)
  const failures: string[] = []
  let viewers = 0
  for (const [at, report] of reports.entries()) {
    const faults = faultsOf(report, map)
    failures.push(...faults.map((fault) => `viewers ${at + 1} of ${reports.length}: ${fault}`))
    // Pushes that do not lead to the owner's map can vouch for none of those who got them.
    viewers += isTrue(report, map) ? report.wrong : report.viewers
  }
  for (const { id, map: other } of maps) {
    if (!isSame(other, map)) failures.push(`${id} gives another map than the owner`)
  }
  const sold = map.statuses.reduce((sum, status) => (status === BOOKED ? sum + 1 : sum), 0)
  if (sold < seats) failures.push(`${seats - sold} seats were not sold`)
  return { viewers, failures }
}

export function ownersMap({ owner }: ShardHead, maps: readonly NodeMap[]): SeatMap {
  const found = maps.find(({ id }) => id === owner)
  if (found === undefined) throw new Error(`the show is ${owner}'s, which gave no map`)
  return found.map
}

function faultsOf(report: ViewersReport, map: SeatMap): string[] {
  const { behind, differing, ages } = report
  const faults = report.faults.slice(0, FAULTS_SHOWN)
  if (!isSame(report, map)) faults.push(`what they were told does not lead to the owner's map`)
  if (behind > 0) faults.push(`${behind} are not at epoch ${map.epoch}, seq ${map.seq}`)
  if (differing > 0) faults.push(`${differing} were told otherwise than others`)
  if (ages.unknown > 0) faults.push(`${ages.unknown} seat changes that nobody asked for`)
  return faults
}

function isTrue(report: ViewersReport, map: SeatMap): boolean {
  return report.faults.length === 0 && isSame(report, map)
}

function isSame(one: SeatMap, other: SeatMap): boolean {
  if (one.epoch !== other.epoch || one.seq !== other.seq) return false
  return one.statuses.every((status, seat) => status === other.statuses[seat])
}
