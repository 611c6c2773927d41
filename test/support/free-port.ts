// A TCP port on 127.0.0.1 that was free a moment ago. It lies below the range from which the kernel numbers outgoing
// connections (32768 and up): a client that retries against a server that is down could otherwise get the server's
// own port, connect to itself, and keep the server from coming back. Processes that look for ports at the same time look
// in different places, as a rule, and each takes its own one after another: what was found is not taken yet.
import { once } from 'node:events'
import { createServer } from 'node:net'

const LOWEST = 20_000
const COUNT = 12_000
const TRIES = 50
const SLICES = 16
const SLICE = COUNT / SLICES

const first = LOWEST + (Number(process.env.VITEST_POOL_ID ?? process.pid) % SLICES) * SLICE
let turn = Math.floor(Math.random() * SLICE)

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = first + (turn++ % SLICE)
    if (await isFreePort(port)) return port
  }
  throw new Error(`No free port on 127.0.0.1 between ${first} and ${first + SLICE - 1} in ${TRIES} tries.`)
}

export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
