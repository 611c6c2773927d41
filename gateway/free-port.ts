// Whether there is a port to listen on, asked before a database is opened for nothing.
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from './config.ts'

/** Rejects with what to do about it. */
export async function requireFreePort({ host, port }: Pick<Settings, 'host' | 'port'>): Promise<void> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw portTaken(host, port)
    throw new Error(`Cannot listen on ${host}:${port} (${code}): set HOST or PORT.`, { cause: error })
  }
}

export function portTaken(host: string, port: number): Error {
  return new Error(`${host}:${port} is taken: set PORT to another port, or end what listens there.`)
}
