// `frontrow cluster drain` and `rebalance`: say what is to be, and watch the nodes bring it about. Nothing is moved from
// here: an operator who gives up waiting breaks nothing.
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterLook, PostgresNodes } from '../../persistence/postgres/postgres-nodes.ts'
import { counted } from './cli-plan.ts'
import { isSpared, rangesOf, viewOf } from './cluster-view.ts'
import { createWaitingLine } from './waiting-line.ts'

const POLL_MS = 100
/** Nodes look at the roster once a second, and a node that died is missed after three: then something is wrong. */
const STALLED_MS = 30_000

export async function drain(nodes: PostgresNodes, name: string, waits: boolean): Promise<void> {
  const before = await nodes.look()
  requireDrainable(before, name)
  await nodes.drain(name)
  const had = shardsOf(before, (owner) => owner === name)
  if (!waits) return console.log(`${name} is draining; it has ${counted(had.length, 'shard')}.`)
  const after = await until(nodes, (look) => {
    const left = shardsOf(look, (owner, shard) => owner === name || (owner === null && had.includes(shard)))
    if (left.length === 0) return null
    requireDraining(look, name)
    return { says: `${counted(left.length, 'shard')} of ${name} left`, left }
  })
  console.log(`${name} has no shards. ${movesText(before, after)}`)
}

export async function rebalance(nodes: PostgresNodes): Promise<void> {
  const before = await nodes.look()
  const ended = await nodes.endDrains()
  if (ended.length > 0) console.log(`Not draining any more: ${ended.join(', ')}.`)
  const after = await until(nodes, (look) => {
    const { nodes: all, ownerless, misplaced } = viewOf(look)
    if (!all.some(({ row }) => row?.isThere)) throw new Error('No node is there.')
    const left = [...ownerless, ...misplaced].sort((a, b) => a - b)
    if (left.length === 0) return null
    return { says: `${counted(left.length, 'shard')} on the way`, left }
  })
  console.log(movesText(before, after))
  console.log(`Each of ${counted(after.heads.length, 'shard')} is where it is to be.`)
}

interface Timed extends ClusterLook {
  readonly tookMs: number
}

/** Looks again and again until `judge` finds nothing left to wait for, and shows how it goes. */
async function until(
  nodes: PostgresNodes,
  judge: (look: ClusterLook) => { readonly says: string; readonly left: readonly number[] } | null
): Promise<Timed> {
  const startedAt = performance.now()
  const line = createWaitingLine(process.stderr)
  let known = ''
  let changedAt = startedAt
  try {
    for (;;) {
      const look = await nodes.look()
      const waits = judge(look)
      const now = performance.now()
      if (waits === null) return { ...look, tookMs: now - startedAt }
      const owners = look.heads.map(({ owner }) => owner).join()
      if (owners !== known) changedAt = now
      known = owners
      if (now - changedAt > STALLED_MS) throw new Error(stalled(waits.left))
      line.show(`${waits.says} (${((now - startedAt) / 1000).toFixed(0)} s)`, waits.says)
      await delay(POLL_MS)
    }
  } finally {
    line.end()
  }
}

function stalled(shards: readonly number[]): string {
  const what = `${shards.length === 1 ? 'shard' : 'shards'} ${rangesOf(shards)}`
  return `Nothing has moved for ${STALLED_MS / 1000} s, and ${what} should: the logs of the nodes tell why.`
}

function requireDrainable(look: ClusterLook, name: string): void {
  const there = look.nodes.filter(({ isThere }) => isThere).map(({ node }) => node)
  const has = there.length === 0 ? 'no node is there' : `there are ${there.join(', ')}`
  if (!there.includes(name)) throw new Error(`There is no node ${name}; ${has}.`)
  if (isSpared(look, name)) return
  const why = there.length === 1 ? 'no other node is there' : 'all others are draining or cannot be reached'
  throw new Error(`${name} cannot be drained: ${why}.`)
}

/** A node that has ended meanwhile does not have to say that it is draining: its leases run out. */
function requireDraining(look: ClusterLook, name: string): void {
  const row = look.nodes.find(({ node, isThere }) => node === name && isThere)
  if (row === undefined) return
  requireDrainable(look, name)
  if (!row.draining) throw new Error(`${name} is not draining any more: it was started again, or somebody rebalanced.`)
}

function shardsOf({ heads }: ClusterLook, test: (owner: string | null, shard: number) => boolean): readonly number[] {
  return heads.filter(({ owner, shard }) => test(owner, shard)).map(({ shard }) => shard)
}

/** What went where between two looks, the most first. */
function movesText(before: ClusterLook, after: Timed): string {
  const moves = new Map<string, number>()
  for (const [at, { owner }] of after.heads.entries()) {
    const from = before.heads[at]?.owner ?? null
    if (owner !== from) count(moves, `${from ?? 'nobody'} → ${owner ?? 'nobody'}`)
  }
  const total = [...moves.values()].reduce((sum, one) => sum + one, 0)
  if (total === 0) return 'Nothing had to be moved.'
  const lines = [...moves].sort(([, a], [, b]) => b - a).map(([way, shards]) => `\n  ${way}  ${shards}`)
  return `Moved ${counted(total, 'shard')} in ${(after.tookMs / 1000).toFixed(1)} s:${lines.join('')}`
}

function count(moves: Map<string, number>, way: string): void {
  moves.set(way, (moves.get(way) ?? 0) + 1)
}
