// One viewer more, whose pushes are kept as they came: for the bare publisher to play them again.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { SNAPSHOT } from '../../crowd/feed-record.ts'

export interface FeedRecorder {
  readonly snapshot: Buffer
  readonly diffs: readonly Buffer[]
  close(): void
}

/** Resolves with its first snapshot. */
export async function recordFeed(url: string, show: string): Promise<FeedRecorder> {
  const socket = new WebSocket(url, ['frontrow.v1.bin'], { perMessageDeflate: false })
  await once(socket, 'open')
  const diffs: Buffer[] = []
  socket.send(JSON.stringify({ id: 1, op: 'subscribe', show }))
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return
      if (data[0] === SNAPSHOT) resolve({ snapshot: data, diffs, close: () => socket.terminate() })
      else diffs.push(data)
    })
  })
}
