// What `frontrow cluster status` says: a line a node, then what is wrong with the shards, if anything is.
import type { ClusterLook } from '../../persistence/postgres/postgres-nodes.ts'
import { counted } from './cli-plan.ts'
import { type ClusterView, type NodeView, rangesOf, viewOf } from './cluster-view.ts'

const COLUMNS = ['node', 'connected', 'draining', 'shards', 'planned', 'heard of']

export function statusText(look: ClusterLook): string {
  const view = viewOf(look)
  if (view.nodes.length === 0) return 'No node is there.'
  return [...tableOf(view.nodes), '', ...shardLines(view)].join('\n')
}

export function statusJson(look: ClusterLook): object {
  const { nodes, heads, ownerless, misplaced, frames } = viewOf(look)
  return {
    nodes: nodes.map(({ node, row, owned, planned }) => ({
      node,
      there: row?.isThere ?? false,
      connected: row?.connected ?? false,
      draining: row?.draining ?? false,
      silentMs: row?.silentMs ?? null,
      owned,
      planned
    })),
    shards: heads.length,
    ownerless,
    misplaced,
    frames
  }
}

function tableOf(nodes: readonly NodeView[]): readonly string[] {
  const rows = [COLUMNS, ...nodes.map(cellsOf)]
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  const cell = (text: string, at: number) => (at < 3 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))
  return rows.map((row) => row.map(cell).join('   '))
}

function cellsOf({ node, row, owned, planned }: NodeView): readonly string[] {
  const shards = [String(owned.length), String(planned.length)]
  if (row === null) return [node, 'not a member', '–', ...shards, '–']
  const ago = `${seconds(row.silentMs)} ago`
  if (!row.isThere) return [node, 'gone', '–', ...shards, ago]
  return [node, row.connected ? 'yes' : 'no', row.draining ? 'yes' : 'no', ...shards, ago]
}

function shardLines({ heads, ownerless, misplaced, frames }: ClusterView): readonly string[] {
  const lines = [`${counted(heads.length, 'shard')}, ${counted(frames, 'frame')} in the journal.`]
  if (ownerless.length > 0) lines.push(`Without an owner: ${rangesOf(ownerless)}.`)
  if (misplaced.length > 0) lines.push(`Not where they are to be: ${rangesOf(misplaced)}.`)
  if (lines.length === 1) lines.push('All of them are where they are to be.')
  return lines
}

/** The lease is renewed each second, so tenths are worth telling. */
function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}
