// What Frontrow over WebSocket is compared with: a server on the same sockets library that parses the same frames and
// answers at once. It sells nothing and remembers nothing.
import { startChild } from '../../child.ts'
import type { Peer } from '../../peers/peer.ts'
import { createFrontrowDriver } from '../drivers/frontrow-driver.ts'
import { openWebSocketLink } from '../drivers/websocket-link.ts'
import type { FrontrowAddress } from './address.ts'
import { seatIdsOf, showIdsOf } from './house.ts'

const CONNECTIONS = 64
const ANSWER_MS_MAX = 2_500

export const echoWebSocket: Peer = {
  name: 'JSON echo over WebSocket',
  what: 'parses each hold and answers with one like it; no token, no checks, no state, no journal',
  durable: 'none',
  sweep: [{ connections: CONNECTIONS }],
  start: async (house) => {
    const echo = startChild<never, { kind: 'listening'; port: number }>(new URL('../../ws/echo.ts', import.meta.url))
    const { port } = await echo.next('listening')
    const address: FrontrowAddress = {
      url: `ws://127.0.0.1:${port}/ws`,
      showIds: showIdsOf(house.shows),
      seatIds: seatIdsOf(house),
      tokens: []
    }
    return {
      version: 'bench/ws/echo.ts',
      processes: [{ name: 'echo', pid: echo.pid }],
      address,
      reset: async () => {},
      stop: () => echo.end()
    }
  },
  openDriver: async (address, { connections }) => {
    const link = await openWebSocketLink(address as FrontrowAddress, connections, ANSWER_MS_MAX)
    return createFrontrowDriver(address as FrontrowAddress, link, 'seats')
  }
}
