// How a cluster stands, in one line of a log.
import type { NodePicture, Picture } from './picture.ts'
import { duration } from './styled-text.ts'

export function statusLine({ nowMs, zeroMs, nodes, ownerless, sale }: Picture): string {
  const time = `${((nowMs - zeroMs) / 1000).toFixed(1).padStart(7)} s  `
  if (nodes.every(({ state }) => state === 'starting')) return `${time}${nodes.length} nodes are starting`
  const parts = nodes.map(nodeText)
  const count = ownerless.filter(Boolean).length
  if (count > 0) parts.push(`nobody ${count} shards`)
  if (sale !== null) {
    const { holdsPerSecond, recent, oldestMs } = sale
    const late = oldestMs > 500 ? `, oldest waits ${duration(oldestMs)}` : ''
    parts.push(`${Math.round(holdsPerSecond)} holds/s p99 ${duration(recent.msP99)}${late}`)
  }
  return `${time}${parts.join(' | ')}`
}

function nodeText({ id, state, shardCount, figures }: NodePicture): string {
  const commits =
    figures === null ? '' : ` ${Math.round(figures.commitsPerSecond)} commits/s ${figures.sockets} sockets`
  return `${id}${state === 'up' ? '' : ` ${state}`} ${shardCount} shards${commits}`
}
