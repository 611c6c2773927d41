// What a request asks for, as a number: the same key with another fingerprint is a conflict.
// Two lanes of FNV-1a give 53 bits; seats count as a set, in whatever order they were named.
import type { Command, SeatNames } from '../command.ts'
import type { Plan } from '../plan/plan.ts'
import { seatId } from './seat-list.ts'

const PRIME = 0x01000193
let low = 0
let high = 0

/**
 * A 53-bit fingerprint of everything `command` asks for but its show, user and key. `plan` says which seats are meant
 * by indexes: a seat is the same one by either name.
 */
export function fingerprint(command: Command, plan: Pick<Plan, 'ids'>): number {
  low = 0x811c9dc5
  high = 0x6c62272e
  mix(command.op)
  switch (command.op) {
    case 'hold':
      if (command.seats !== null) mixSeats(command.seats, plan)
      if (command.best !== null) {
        const { count, category, zone, accessible } = command.best
        mix(`${count} ${accessible === true}`)
        mixOptional(category)
        mixOptional(zone)
      }
      break
    case 'extend':
    case 'release':
      mix(command.hold)
      break
    case 'book':
      mix(command.hold)
      if (command.seats !== null) mixSeats(command.seats, plan)
      mix(command.payment)
      break
    case 'cancel':
      mix(command.booking)
      if (command.seats !== null) mixSeats(command.seats, plan)
      break
    case 'block':
    case 'unblock':
      mixSeats(command.seats, plan)
      break
    case 'create':
      mixValue(command.definition)
      break
    case 'change':
      mixValue(command.change)
      break
  }
  return (low >>> 0) * 0x200000 + (high >>> 11)
}

function mix(text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    low = Math.imul(low ^ code, PRIME)
    high = Math.imul(high ^ (code + 0x9e), PRIME)
  }
  low = Math.imul(low ^ 0x100, PRIME)
  high = Math.imul(high ^ 0x200, PRIME)
}

function mixOptional(text: string | undefined): void {
  mix(text === undefined ? '0' : '1')
  mix(text ?? '')
}

/** A value of any shape; the order of an object's members does not count. */
function mixValue(value: unknown): void {
  if (typeof value !== 'object' || value === null) return mix(`${typeof value} ${value}`)
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  mix(String(members.length))
  for (const [name, member] of members) {
    mix(name)
    mixValue(member)
  }
}

/** The sum of the seats' own hashes does not depend on their order. */
function mixSeats(names: SeatNames, plan: Pick<Plan, 'ids'>): void {
  const startLow = low
  const startHigh = high
  let sumLow = names.length
  let sumHigh = names.length
  for (let i = 0; i < names.length; i++) {
    low = startLow
    high = startHigh
    mix(seatId(plan, names[i]!))
    sumLow = (sumLow + Math.imul(low ^ (low >>> 15), 0x2c1b3c6d)) | 0
    sumHigh = (sumHigh + Math.imul(high ^ (high >>> 13), 0x297a2d39)) | 0
  }
  low = Math.imul(startLow ^ sumLow, PRIME)
  high = Math.imul(startHigh ^ sumHigh, PRIME)
}
