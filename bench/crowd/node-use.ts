// What viewers cost the nodes: resident memory by process, what the kernel keeps for all sockets of the machine, and how
// long a node was too busy to look up.
import { readFileSync } from 'node:fs'

interface NodeUse {
  readonly id: string
  readonly residentKilobytes: number
  /** Since it started. */
  readonly residentKilobytesMax: number
  /** Of V8's heap, garbage included. */
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
}

const PAGE_BYTES = 4_096

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
