// A wire to a server that can lose what the server says: requests arrive, answers do not.
import { type AddressInfo, connect, createServer } from 'node:net'

export interface MutedProxy {
  /** `url` with this proxy's port in it. */
  readonly url: string
  isMuted: boolean
  close(): void
}

export async function mutedProxy(url: string): Promise<MutedProxy> {
  const { hostname, port } = new URL(url)
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => proxy.isMuted || near.write(chunk))
    for (const [socket, partner] of [
      [near, far],
      [far, near]
    ] as const) {
      socket.on('error', () => partner.destroy())
      socket.on('close', () => partner.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.port = String((server.address() as AddressInfo).port)
  const proxy = { url: own.href, isMuted: false, close: () => server.close() }
  return proxy
}
