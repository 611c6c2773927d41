// Histories written by hand: who asked what between which two moments, and what they were told.
import type { Asked, Operation, Told } from '../history/operation.ts'
import { SHOW } from './small-show.ts'

const UNTOLD = { returnedAt: Number.POSITIVE_INFINITY, told: null, clockMs: Number.POSITIVE_INFINITY }

/** `span` is when it was asked and answered; `clockMs` the clock that holds run on, which is at 0 mostly. */
export function said(user: string, span: readonly [number, number], asked: Asked, told: Told, clockMs = 0): Operation {
  return { show: SHOW, user, asked, invokedAt: span[0], returnedAt: span[1], told, clockMs }
}

/** Asked at `invokedAt`, and nobody knows what became of it. */
export function unheard(user: string, invokedAt: number, asked: Asked): Operation {
  return { show: SHOW, user, asked, invokedAt, ...UNTOLD }
}

export function hold(seats: string): Asked {
  return { op: 'hold', seats: list(seats), count: list(seats).length }
}

export function best(count: number): Asked {
  return { op: 'hold', seats: null, count }
}

export function extend(hold: string): Asked {
  return { op: 'extend', hold }
}

export function release(hold: string): Asked {
  return { op: 'release', hold }
}

export function book(hold: string, seats: string | null = null): Asked {
  return { op: 'book', hold, seats: seats === null ? null : list(seats) }
}

export function cancel(booking: number, seats: string | null = null): Asked {
  return { op: 'cancel', booking: `${SHOW}.${booking}`, seats: seats === null ? null : list(seats) }
}

export function block(seats: string): Asked {
  return { op: 'block', seats: list(seats) }
}

export function unblock(seats: string): Asked {
  return { op: 'unblock', seats: list(seats) }
}

export function held(hold: string, seats: string, expiresAt = 1_000): Told {
  return { kind: 'held', hold, seats: list(seats), expiresAt }
}

export function extended(hold: string, expiresAt: number): Told {
  return { kind: 'extended', hold, expiresAt }
}

export const released: Told = { kind: 'released' }
export const blocked: Told = { kind: 'blocked' }
export const unblocked: Told = { kind: 'unblocked' }

export function booked(booking: number, seats: string): Told {
  return { kind: 'booked', booking: `${SHOW}.${booking}`, seats: list(seats) }
}

export function cancelled(seats: string): Told {
  return { kind: 'cancelled', seats: list(seats) }
}

export function refused(code: string, seats = ''): Told {
  return { kind: 'refused', code, seats: list(seats) }
}

export function gone(seats = ''): Told {
  return refused('seats_unavailable', seats)
}

function list(seats: string): string[] {
  return seats === '' ? [] : seats.split(' ')
}
