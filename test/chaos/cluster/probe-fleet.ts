// Probes on shows of every node: each asks for one show, through one node at a time, whether there is service. They
// move to other nodes without a gap: the next one is served before the last one leaves.
import { placeShards } from '../../../actors/cluster/placement.ts'
import { createRandom } from '../../../bench/random.ts'
import { shardOf } from '../../../core/shard.ts'
import { tokenFor } from '../ground.ts'
import { PROBE_SHOW } from '../playbill.ts'
import { type Probe, type Service, startProbe } from '../probe.ts'
import type { Recorder } from '../recorder.ts'
import { type ClusterNode, SHARDS } from './cluster-ground.ts'

export interface ProbedShow {
  readonly show: string
  readonly shard: number
}

export interface ProbeFleet {
  readonly shows: readonly ProbedShow[]
  /** Acknowledged writes of `show` within these milliseconds of performance.now(), in their order. */
  services(show: string, fromMs: number, toMs: number): readonly Service[]
  /** The node through which `show` is asked for. */
  viaOf(show: string): string
  /** Whoever asks through `node` asks through others from now on; resolves when they are served there. */
  keepAway(node: ClusterNode): Promise<void>
  /** Resolves when something asked after `ms` was granted of every show, or with false when that took too long. */
  servedSince(ms: number, patienceMs: number): Promise<boolean>
  stop(): void
}

/** A show's probe, and those before it that asked through other nodes. */
interface Post {
  readonly show: string
  probe: Probe
  via: ClusterNode
  readonly past: Probe[]
}

const ASK_MS = 20
const MOVE_MS_MAX = 15_000

/** `perNode` shows for each of `nodes`, each in a shard of its own. */
export function probedShows(nodes: readonly string[], perNode: number): readonly ProbedShow[] {
  const placed = placeShards(nodes, SHARDS)
  const left = new Map(nodes.map((id) => [id, perNode]))
  const taken = new Set<number>()
  const shows: ProbedShow[] = []
  for (let nth = 1; shows.length < nodes.length * perNode; nth++) {
    const show = `${PROBE_SHOW}-${nth}`
    const shard = shardOf(show, SHARDS)
    const owner = placed[shard]!
    if (taken.has(shard) || left.get(owner) === 0) continue
    taken.add(shard)
    left.set(owner, left.get(owner)! - 1)
    shows.push({ show, shard })
  }
  return shows
}

export async function startProbeFleet(
  shows: readonly ProbedShow[],
  nodes: readonly ClusterNode[],
  seed: number,
  recorder: Recorder
): Promise<ProbeFleet> {
  const random = createRandom(seed)
  let users = 0
  const start = async (show: string, via: ClusterNode): Promise<Probe> => {
    const user = `${show}-${++users}`
    const token = await tokenFor(user, 'service')
    const url = () => `${via.server.url.replace('http', 'ws')}/ws`
    return startProbe(show, ASK_MS, { url, user, token, random, recorder })
  }
  const posts: Post[] = []
  for (const [at, { show }] of shows.entries()) {
    const via = nodes[at % nodes.length]!
    posts.push({ show, via, probe: await start(show, via), past: [] })
  }
  const move = async (post: Post, from: ClusterNode) => {
    const others = nodes.filter((node) => node !== from)
    const via = others[random.below(others.length)]!
    const nowMs = performance.now()
    const probe = await start(post.show, via)
    if (!(await probe.servedSince(nowMs, MOVE_MS_MAX))) throw new Error(`no service of ${post.show} through ${via.id}`)
    post.probe.stop()
    post.past.push(post.probe)
    Object.assign(post, { probe, via })
  }
  return {
    shows,
    services: (show, fromMs, toMs) => {
      const { probe, past } = posts.find((post) => post.show === show)!
      const all = [...past, probe].flatMap(({ services }) => services)
      return all.filter(({ atMs }) => atMs > fromMs && atMs < toMs).toSorted((a, b) => a.atMs - b.atMs)
    },
    viaOf: (show) => posts.find((post) => post.show === show)!.via.id,
    keepAway: async (node) => {
      await Promise.all(posts.filter(({ via }) => via === node).map((post) => move(post, node)))
    },
    servedSince: async (ms, patienceMs) => {
      const served = await Promise.all(posts.map(({ probe }) => probe.servedSince(ms, patienceMs)))
      return served.every(Boolean)
    },
    stop: () => {
      for (const { probe, past } of posts) for (const one of [probe, ...past]) one.stop()
    }
  }
}
