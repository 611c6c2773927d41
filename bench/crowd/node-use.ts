// What viewers cost the nodes: resident memory by process, what the kernel keeps for all sockets of the machine, and how
// long a node was too busy to look up.
import { on, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'

interface NodeUse {
  readonly id: string
  readonly residentKilobytes: number
  /** Since it started. */
  readonly residentKilobytesMax: number
  readonly heapKilobytes: number
  /** The longest delay of its event loop since it was last asked. */
  readonly delayMsMax: number
}

export interface Use {
  readonly nodes: readonly NodeUse[]
  /** In the queues of all TCP sockets, both ends. */
  readonly socketQueuesMegabytes: number
}

interface Node {
  readonly id: string
  readonly pid: number | null
  readonly url: string
  logs(): string
}

/** An answer to what was asked, or an event. */
interface InspectorMessage {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly sessionId?: string }
}

/** What a node has to be started with, so that it can be told to collect its garbage. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }
const INSPECTOR = /Debugger listening on (ws:\S+)/
const COLLECT = 'HeapProfiler.collectGarbage'
const PAGE_BYTES = 4_096

/** After its garbage is gone: what a node still had of its start would make room for viewers, who would look free. */
export async function useWithoutGarbage(nodes: readonly Node[]): Promise<Use> {
  await Promise.all(nodes.map(collectGarbage))
  return useOf(nodes)
}

export async function useOf(nodes: readonly Node[]): Promise<Use> {
  return { nodes: await Promise.all(nodes.map(nodeUse)), socketQueuesMegabytes: socketQueuesMegabytes() }
}

async function nodeUse({ id, pid, url }: Node): Promise<NodeUse> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
  const status = kernelText(`/proc/${pid}/status`)
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return {
    id,
    residentKilobytes: kilobytes('VmRSS'),
    residentKilobytesMax: kilobytes('VmHWM'),
    heapKilobytes: metric('nodejs_heap_size_used_bytes') / 1024,
    delayMsMax: metric('nodejs_eventloop_lag_max_seconds') * 1000
  }
}

/** Of all its threads. */
async function collectGarbage({ id, logs }: Node): Promise<void> {
  const inspector = INSPECTOR.exec(logs())?.[1]
  if (inspector === undefined) throw new Error(`${id} was not started with ${INSPECTED.NODE_OPTIONS}`)
  const socket = new WebSocket(inspector)
  await once(socket, 'open')
  const heard = on(socket, 'message')
  const next = async () => JSON.parse(String((await heard.next()).value[0])) as InspectorMessage
  const ask = (id: number, method: string, params = {}) => socket.send(JSON.stringify({ id, method, params }))
  const threads: string[] = []
  ask(1, 'NodeWorker.enable', { waitForDebuggerOnStart: false })
  for (let said = await next(); said.id !== 1; said = await next()) {
    if (said.params?.sessionId !== undefined) threads.push(said.params.sessionId)
  }
  ask(2, COLLECT)
  const message = JSON.stringify({ id: 1, method: COLLECT })
  for (const sessionId of threads) ask(3, 'NodeWorker.sendMessageToWorker', { sessionId, message })
  for (let left = threads.length + 1; left > 0; ) {
    const { id, method } = await next()
    if (id === 2 || method === 'NodeWorker.receivedMessageFromWorker') left--
  }
  socket.terminate()
}

function socketQueuesMegabytes(): number {
  const pages = /^TCP: .* mem (\d+)$/m.exec(kernelText('/proc/net/sockstat'))?.[1]
  return (Number(pages) * PAGE_BYTES) / 1024 ** 2
}

/** Linux; elsewhere nothing is known. */
function kernelText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
