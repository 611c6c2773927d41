// A checked message and who sent it → the command that the show decides. Every door comes through here.
import type { SeatCommand } from '../core/command.ts'
import type { Identity } from './auth.ts'
import type { ClientMessage } from './schema/schema-websocket.ts'

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** A message that asks for something to be done; HTTP requests have no `id` and may have '' for a key. */
export type CommandMessage = Without<Exclude<ClientMessage, { op: 'subscribe' | 'unsubscribe' }>, 'id'>

export function toCommand(message: CommandMessage, identity: Pick<Identity, 'user' | 'role'>): SeatCommand {
  const { show, key } = message
  const { user } = identity
  const admin = identity.role === 'admin'
  switch (message.op) {
    case 'hold':
      return { op: 'hold', show, user, admin, key, seats: message.seats ?? null, best: message.best ?? null }
    case 'extend':
      return { op: 'extend', show, user, admin, key, hold: message.hold }
    case 'release':
      return { op: 'release', show, user, admin, key, hold: message.hold }
    case 'book': {
      const payment = message.payment?.reference ?? ''
      return { op: 'book', show, user, admin, key, hold: message.hold, seats: message.seats ?? null, payment }
    }
    case 'cancel':
      return { op: 'cancel', show, user, admin, key, booking: message.booking, seats: message.seats ?? null }
  }
}
