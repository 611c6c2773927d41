// Sees, several times a second, whose the shards are and how the nodes do: what is shown is made from this.
import { type ClusterView, viewOf } from '../../gateway/cli/cluster-view.ts'
import type { PostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import type { Chronicle } from './chronicle.ts'
import type { Hands } from './hands.ts'
import { type NodeFigures, readFigures } from './node-figures.ts'

export interface Watch {
  /** The latest; null before there is anything to see. */
  readonly view: ClusterView | null
  /** The last that a node said of itself, also of those that are gone. */
  readonly figures: ReadonlyMap<string, NodeFigures>
  /** Nodes that said it within the last moments. */
  readonly answering: ReadonlySet<string>
  /** Sees once more, and then no more. */
  stop(): Promise<void>
}

const LOOK_MS = 200
const FIGURES_MS = 1_000

export function startWatch(operator: PostgresNodes, hands: Hands, chronicle: Chronicle): Watch {
  const figures = new Map<string, NodeFigures>()
  const answering = new Set<string>()
  let view: ClusterView | null = null
  const look = async (): Promise<void> => {
    hands.look()
    // Before the first node has made the schema there is nothing to see, and a database may be away for a while.
    const seen = await operator.look().catch(() => null)
    if (seen === null) return
    view = viewOf(seen)
    chronicle.owners(seen.heads.map(({ owner }) => owner))
  }
  const measure = async (): Promise<void> => {
    const known = hands.nodes.filter(({ server }) => server !== null)
    const read = async ({ id, server }: (typeof known)[number]) => {
      const said = await readFigures(server!, figures.get(id) ?? null)
      if (said !== null) figures.set(id, said)
      if (said === null) answering.delete(id)
      else answering.add(id)
    }
    await Promise.all(known.map(read))
  }
  const loops = [repeat(look, LOOK_MS), repeat(measure, FIGURES_MS)]
  return {
    get view() {
      return view
    },
    figures,
    answering,
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
      await Promise.all([look(), measure()])
    }
  }
}

/** One at a time, `ms` apart. */
function repeat(work: () => Promise<void>, ms: number): { stop(): Promise<void> } {
  let timer: ReturnType<typeof setTimeout>
  let isStopped = false
  let running = Promise.resolve()
  const run = () => {
    running = work().finally(() => {
      if (!isStopped) timer = setTimeout(run, ms)
    })
  }
  run()
  return {
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await running
    }
  }
}
