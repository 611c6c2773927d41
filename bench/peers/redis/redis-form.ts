// The ways to keep seats in Redis: which commands each sends, and what their answers mean.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { HoldRequest } from '../peer.ts'
import type { Command } from './redis-link.ts'
import type { Reply } from './resp-parser.ts'

export interface RedisForm {
  readonly name: string
  readonly what: string
  /** Lua, loaded before anyone asks; null where Redis' own commands will do. */
  readonly script: string | null
  hold(request: HoldRequest): Command
  /** Commands that decide all of them. */
  holdMany(requests: readonly HoldRequest[]): readonly Joint[]
}

/** One command for many requests; item n of its answer is that of the request at `places[n]`. */
interface Joint {
  readonly command: Command
  readonly places: readonly number[]
}

const HOLD_MS = '600000'
const BITMAP_LUA = luaOf('bitmap')
const KEY_PER_SEAT_LUA = luaOf('key-per-seat')
const BITMAP = callOf(BITMAP_LUA)
const KEY_PER_SEAT = callOf(KEY_PER_SEAT_LUA)

const bitmapCommand = (requests: readonly HoldRequest[]): Command => {
  const command = [...BITMAP, String(requests.length)]
  for (const { show } of requests) command.push(bitsOf(show))
  for (const { seats } of requests) {
    command.push(String(seats.length))
    for (const seat of seats) command.push(String(seat))
  }
  return command
}

export const bitmap: RedisForm = {
  name: 'bitmap',
  what: 'one Lua call per hold (EVALSHA) tries and sets the bits of its seats, any seats; knows no holder, no expiry, no idempotency, no feed',
  script: BITMAP_LUA,
  hold: (request) => bitmapCommand([request]),
  holdMany: (requests) => [{ command: bitmapCommand(requests), places: [...requests.keys()] }]
}

const seatCommand = (requests: readonly HoldRequest[]): Command => {
  const command = [...KEY_PER_SEAT, String(requests.reduce((sum, { seats }) => sum + seats.length, 0))]
  for (const { show, seats } of requests) for (const seat of seats) command.push(`${show}:${seat}`)
  command.push(HOLD_MS)
  for (const { seats, user } of requests) command.push(String(seats.length), String(user))
  return command
}

export const keyPerSeat: RedisForm = {
  name: 'key per seat',
  what: 'one Lua call per hold (EVALSHA) sets a key with holder and expiry for each of its seats, any seats; knows no idempotency, no feed',
  script: KEY_PER_SEAT_LUA,
  hold: (request) => seatCommand([request]),
  holdMany: (requests) => [{ command: seatCommand(requests), places: [...requests.keys()] }]
}

/**
 * The seats of a request as one unsigned number of as many bits: to add all ones fits only where it was zero, and
 * otherwise Redis leaves it as it is.
 */
const BITFIELD = ['BITFIELD'] as const
const OR_NOTHING = ['OVERFLOW', 'FAIL'] as const
const allOnes = ({ seats }: HoldRequest): readonly string[] => [
  'INCRBY',
  `u${seats.length}`,
  String(seats[0]),
  String(2 ** seats.length - 1)
]

export const bitfield: RedisForm = {
  name: 'bitfield',
  what: 'one native command per hold (BITFIELD OVERFLOW FAIL) and no script, for adjacent seats alone; knows no holder, no expiry, no idempotency, no feed',
  script: null,
  hold: (request) => [...BITFIELD, bitsOf(request.show), ...OR_NOTHING, ...allOnes(request)],
  holdMany: (requests) => {
    const joints = new Map<number, { readonly command: string[]; readonly places: number[] }>()
    for (const [place, request] of requests.entries()) {
      const { show } = request
      const joint = joints.get(show) ?? { command: [...BITFIELD, bitsOf(show), ...OR_NOTHING], places: [] }
      joints.set(show, joint)
      joint.command.push(...allOnes(request))
      joint.places.push(place)
    }
    return [...joints.values()]
  }
}

/** All three answer a list; granted is a number that is not zero. */
export function isGranted(reply: Reply, item: number): boolean | null {
  if (!Array.isArray(reply)) return null
  const answer: Reply | undefined = reply[item]
  if (answer === null) return false
  return typeof answer === 'number' ? answer !== 0 : null
}

function bitsOf(show: number): string {
  return `show:${show}`
}

function luaOf(name: string): string {
  return readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8')
}

function callOf(script: string): Command {
  return ['EVALSHA', createHash('sha1').update(script).digest('hex')]
}
