// What is done to the nodes of a cluster that is tried out: started, killed, frozen, drained. Keeps true: at the end no
// node runs, whatever was under way.
import type { PostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import type { ClusterNode, ClusterStage } from '../../test/support/cluster-stage.ts'
import { freePort, isFreePort } from '../../test/support/free-port.ts'
import type { Chronicle } from './chronicle.ts'
import type { Deed } from './cluster-options.ts'

type NodeState = 'starting' | 'up' | 'paused' | 'stopping' | 'stopped' | 'killed' | 'failed'

export interface OurNode {
  readonly id: string
  readonly state: NodeState
  /** When it got into this state. */
  readonly sinceMs: number
  /** Null until it is ready. */
  readonly server: ClusterNode | null
}

export interface Hands {
  /** In the order they were started. */
  readonly nodes: readonly OurNode[]
  /** Does `deed` to `node`, where it concerns one; says in the chronicle what came of it. Never rejects. */
  act(deed: Deed, node: OurNode | null): Promise<void>
  /** Sees which nodes ended by themselves. */
  look(): void
  /** All nodes in order, at once. */
  stopAll(): Promise<void>
}

export interface HandsOptions {
  readonly stage: ClusterStage
  readonly operator: PostgresNodes
  readonly chronicle: Chronicle
  /** Of the first node; 0 for any. */
  readonly port: number
  /** Names that others in this database have. */
  readonly taken: ReadonlySet<string>
}

type Changing = { -readonly [K in keyof OurNode]: OurNode[K] }
type Become = (node: Changing, state: NodeState) => void

export function createHands(options: HandsOptions): Hands {
  const { chronicle, operator } = options
  const nodes: Changing[] = []
  const underway = new Set<Promise<void>>()
  const become: Become = (node, state) => {
    node.state = state
    node.sinceMs = performance.now()
  }
  const start = starter(options, become)
  const deeds = deedsOf(options, become)

  const perform = async (deed: Deed, node: OurNode | null): Promise<void> => {
    if (deed === 'add') return start(nodes)
    if (deed === 'rebalance') {
      const ended = await operator.endDrains()
      return chronicle.note(ended.length > 0 ? `not draining any more: ${ended.join(', ')}` : 'no node is draining')
    }
    if (node === null) return chronicle.note(`${deed}: there is no node for it`)
    if (!isFit(deed, node)) return chronicle.note(`${deed}: ${node.id} is ${node.state}`)
    return deeds[deed](node as Changing, node.server!)
  }

  return {
    nodes,
    act: async (deed, node) => {
      const work = perform(deed, node).catch((error: Error) => chronicle.note(`${deed}: ${error.message}`))
      underway.add(work)
      await work
      underway.delete(work)
    },
    look: () => {
      for (const node of nodes) {
        if (!runs(node) || node.server?.pid !== null) continue
        chronicle.note(`${node.id} ended by itself`)
        chronicle.silent(node.id, true)
        become(node, 'failed')
      }
    },
    stopAll: async () => {
      await Promise.all(underway)
      await Promise.all(nodes.filter(runs).map((node) => deeds.stop(node, node.server!)))
    }
  }
}

export function runs({ state, server }: OurNode): boolean {
  return server !== null && (state === 'up' || state === 'paused')
}

export function isFit(deed: Deed, node: OurNode): boolean {
  return deed === 'resume' ? node.state === 'paused' : deed === 'pause' ? node.state === 'up' : runs(node)
}

function starter({ stage, chronicle, port, taken }: HandsOptions, become: Become) {
  let lastNumber = 0
  let nextPort = port
  const newName = (): string => {
    let name = ''
    do name = `node-${++lastNumber}`
    while (taken.has(name))
    return name
  }
  const newPort = async (): Promise<number> => {
    if (port === 0) return freePort()
    for (;;) {
      const next = nextPort++
      if (await isFreePort(next)) return next
    }
  }
  return async (nodes: Changing[]): Promise<void> => {
    const node: Changing = { id: newName(), state: 'starting', sinceMs: performance.now(), server: null }
    nodes.push(node)
    const startedAt = node.sinceMs
    try {
      const env = { NODE_ID: node.id, PORT: String(await newPort()) }
      node.server = await stage.add({ env, heard: byLine((line) => chronicle.logged(node.id, line)) })
      become(node, 'up')
      chronicle.note(`${node.id} is ready on ${node.server.url}, ${secondsSince(startedAt)} after its start`)
    } catch (error) {
      become(node, 'failed')
      chronicle.note(`${node.id} did not start: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`)
    }
  }
}

/** What is done to a node that runs. */
function deedsOf({ operator, chronicle }: HandsOptions, become: Become) {
  return {
    kill: async (node: Changing, server: ClusterNode) => {
      chronicle.note(`${node.id} was killed`)
      chronicle.silent(node.id, true)
      become(node, 'killed')
      await server.kill('SIGKILL')
    },
    stop: async (node: Changing, server: ClusterNode) => {
      become(node, 'stopping')
      process.kill(server.pid!, 'SIGCONT')
      await server.stop()
      chronicle.note(`${node.id} stopped in order, in ${secondsSince(node.sinceMs)}`)
      become(node, 'stopped')
    },
    pause: async (node: Changing, server: ClusterNode) => {
      chronicle.note(`${node.id} was paused`)
      chronicle.silent(node.id, true)
      process.kill(server.pid!, 'SIGSTOP')
      become(node, 'paused')
    },
    resume: async (node: Changing, server: ClusterNode) => {
      chronicle.note(`${node.id} goes on after ${secondsSince(node.sinceMs)}`)
      chronicle.silent(node.id, false)
      process.kill(server.pid!, 'SIGCONT')
      become(node, 'up')
    },
    drain: async (node: Changing) => {
      chronicle.note(`${node.id} is to be drained`)
      await operator.drain(node.id)
    }
  }
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}

/** Whole lines of what comes in parts. */
function byLine(hear: (line: string) => void): (part: string) => void {
  let rest = ''
  return (part) => {
    const lines = (rest + part).split('\n')
    rest = lines.pop()!
    for (const line of lines) hear(line)
  }
}
