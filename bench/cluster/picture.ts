// Everything that is shown of a cluster at one moment.

import { type OurNode, runs } from './hands.ts'
import type { Happening } from './happenings.ts'
import type { NodeFigures } from './node-figures.ts'
import type { SaleFigures } from './sale.ts'
import type { Watch } from './watch.ts'

/** A shard from where a node stands: it has it, has it and is to give it, is to get it, or neither. */
export type Share = 'has' | 'gives' | 'gets' | 'none'

export interface NodePicture {
  readonly id: string
  /** Counts from 0, in the order of the starts: what it is chosen and coloured by. */
  readonly index: number
  readonly state: string
  /** It serves, or is about to. */
  readonly isWell: boolean
  readonly url: string
  readonly shares: readonly Share[]
  readonly shardCount: number
  /** Null where it does not say. */
  readonly figures: NodeFigures | null
  readonly outcomes: ReadonlyMap<string, number>
}

export interface Picture {
  /** Times are those of `performance.now()`; what is shown is how long after `zeroMs` they are. */
  readonly nowMs: number
  readonly zeroMs: number
  readonly nodes: readonly NodePicture[]
  /** Of all nodes there ever were, by index. */
  readonly names: readonly string[]
  readonly shardCount: number
  /** By shard; all false where each has an owner. */
  readonly ownerless: readonly boolean[]
  readonly sale: SaleFigures | null
  readonly happenings: readonly Happening[]
}

/** Nodes that ended are shown for a while, and as long as anything is theirs. */
const GONE_MS = 10_000

export function pictureOf(
  zeroMs: number,
  ours: readonly OurNode[],
  { view, figures, answering }: Pick<Watch, 'view' | 'figures' | 'answering'>,
  rest: Pick<Picture, 'sale' | 'happenings'>
): Picture {
  const heads = view?.heads ?? []
  const nowMs = performance.now()
  const nodes = ours.map((node, index): NodePicture => {
    const seen = view?.nodes.find((one) => one.node === node.id)
    const shares = heads.map(({ owner }, at): Share => {
      const isPlanned = view?.plan[at] === node.id
      if (owner === node.id) return isPlanned ? 'has' : 'gives'
      return isPlanned ? 'gets' : 'none'
    })
    const said = figures.get(node.id) ?? null
    const isDraining = seen?.row?.isThere === true && seen.row.draining && node.state === 'up'
    return {
      id: node.id,
      index,
      state: isDraining ? 'draining' : node.state,
      isWell: node.state === 'up' || node.state === 'starting',
      url: node.server?.url ?? '',
      shares,
      shardCount: seen?.owned.length ?? 0,
      figures: runs(node) && answering.has(node.id) ? said : null,
      outcomes: said?.outcomes ?? new Map()
    }
  })
  return {
    nowMs,
    zeroMs,
    nodes: nodes.filter(({ shardCount }, at) => {
      const { state, sinceMs } = ours[at]!
      const hasEnded = state === 'stopped' || state === 'killed' || state === 'failed'
      return !hasEnded || shardCount > 0 || nowMs - sinceMs < GONE_MS
    }),
    names: ours.map(({ id }) => id),
    shardCount: heads.length,
    ownerless: heads.map(({ owner }) => owner === null),
    ...rest
  }
}
