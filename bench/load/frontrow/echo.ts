// What Frontrow over WebSocket is compared with: a server on the same sockets library that parses the same frames and
// answers at once. It sells nothing and remembers nothing.
import { startChild } from '../../child.ts'
import type { Peer } from '../../peers/peer.ts'
import { BINARY_WORDING } from '../drivers/binary-wording.ts'
import { createFrontrowDriver } from '../drivers/frontrow-driver.ts'
import { JSON_WORDING } from '../drivers/json-wording.ts'
import { openWebSocketLink } from '../drivers/websocket-link.ts'
import type { Wording } from '../drivers/wording.ts'
import type { FrontrowAddress } from './address.ts'
import { seatIdsOf, showIdsOf } from './house.ts'

const CONNECTIONS = 64
const ANSWER_MS_MAX = 2_500

export const echoWebSocket = echo('JSON echo over WebSocket', JSON_WORDING)
export const echoWebSocketBinary = echo('binary echo over WebSocket', BINARY_WORDING)

function echo(name: string, wording: Wording): Peer {
  return {
    name,
    what: 'parses each hold and answers with one like it; no token, no checks, no state, no journal',
    durable: 'none',
    sweep: [{ connections: CONNECTIONS }],
    start: async (house) => {
      const child = startChild<never, { kind: 'listening'; port: number }>(new URL('../../ws/echo.ts', import.meta.url))
      const { port } = await child.next('listening')
      const address: FrontrowAddress = {
        url: `ws://127.0.0.1:${port}/ws`,
        showIds: showIdsOf(house.shows),
        seatIds: seatIdsOf(house),
        tokens: []
      }
      return {
        version: 'bench/ws/echo.ts',
        processes: [{ name: 'echo', pid: child.pid }],
        address,
        reset: async () => {},
        stop: () => child.end()
      }
    },
    openDriver: async (address, { connections }) => {
      const link = await openWebSocketLink(address as FrontrowAddress, connections, wording, ANSWER_MS_MAX)
      return createFrontrowDriver(address as FrontrowAddress, link, wording, 'seats')
    }
  }
}
