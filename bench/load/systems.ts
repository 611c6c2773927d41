// Every system that can be put under load, by name: Frontrow by each of its doors, the peers, and an echo.
import type { Peer } from '../peers/peer.ts'
import { PEERS } from '../peers/peers.ts'
import { echoWebSocket, echoWebSocketBinary } from './frontrow/echo.ts'
import {
  frontrowHop,
  frontrowNats,
  frontrowNatsBinary,
  frontrowNodes,
  frontrowOwner,
  frontrowServices,
  frontrowWebSocket,
  frontrowWebSocketBinary
} from './frontrow/frontrow.ts'

export const SYSTEMS: readonly Peer[] = [
  ...[
    frontrowNats,
    frontrowNatsBinary,
    frontrowWebSocket,
    frontrowWebSocketBinary,
    frontrowOwner,
    frontrowHop,
    frontrowServices,
    ...frontrowNodes
  ],
  ...[echoWebSocket, echoWebSocketBinary, ...PEERS]
]

/** The system of that name, or the only one whose name has all of these words in it. */
export function systemNamed(words: string): Peer {
  const exact = SYSTEMS.find(({ name }) => name === words)
  const found = exact === undefined ? SYSTEMS.filter(({ name }) => hasWords(name, words)) : [exact]
  if (found.length === 1) return found[0]!
  const names = (found.length === 0 ? SYSTEMS : found).map(({ name }) => name).join(' | ')
  throw new Error(`${words} is not the name of one system; there are: ${names}`)
}

export function hasWords(name: string, words: string): boolean {
  return words.split(/\s+/).every((word) => name.toLowerCase().includes(word.toLowerCase()))
}
