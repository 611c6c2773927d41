// What people are told of a history that cannot have happened: how far an order could go, what the state was
// there, and which operations were due, none of which can be next.
import type { Choice } from './choices.ts'
import type { Operation } from './operation.ts'
import type { Wrong } from './plain-needs.ts'
import { judge } from './plain-seats.ts'
import type { Show } from './plain-show.ts'
import type { Search } from './search.ts'
import type { Known } from './waiting.ts'

const TAIL = 12

/** Where a search stood when it could not go on. */
export interface Stand {
  readonly all: readonly Known[]
  readonly placed: number
  readonly steps: readonly Choice[]
  readonly state: readonly string[]
  readonly stuck: readonly (Wrong & { readonly operation: Known })[]
}

export function standOf({ waiting, show, steps, rules }: Search): Stand {
  const due = waiting.those(() => true).map((at) => waiting.all[at]!)
  const stuck = due.flatMap((operation) => {
    const verdict = judge(show, rules, operation)
    return 'wrong' in verdict ? [{ operation, ...verdict }] : []
  })
  const keys = new Set(stuck.flatMap(({ operation }) => [...operation.footprint.rests]))
  const state = [...[...keys].flatMap((key) => stateOf(show, key)), `  It is ${show.nowMs} or later.`]
  const { all, left } = waiting
  return { all, placed: all.length - left, steps: steps.slice(), state, stuck }
}

export function explain({ all, placed, steps, state, stuck }: Stand): string {
  const keys = new Set(stuck.flatMap(({ operation }) => [...operation.footprint.rests]))
  const before = steps.flatMap(({ known, guess }) => {
    if (guess !== null) return [`  ${guess.name}`]
    const operation = all[known]!
    return [...operation.footprint.rests].some((key) => keys.has(key)) ? [`  ${sentence(operation)}`] : []
  })
  const left = before.length > TAIL ? [`  … and ${before.length - TAIL} before them`] : []
  return [
    `${placed} of ${all.length} operations could be put in order. The last of them that matter here:`,
    ...left,
    ...before.slice(-TAIL),
    'Then it is so:',
    ...state,
    'None of these can be next, and one must be:',
    ...stuck.map(({ operation, wrong }) => `  ${sentence(operation)}: ${wrong}`)
  ].join('\n')
}

/** `ann hold A1 A2 [3, 17] → held 5 A1 A2 until 1000`. */
export function sentence({ user, asked, told, invokedAt, returnedAt }: Operation): string {
  const { op, ...what } = asked
  const words = Object.values(what)
    .flat()
    .filter((word) => word !== null)
  const answer = told === null ? 'nobody knows' : Object.values(told).flat().join(' ')
  return `${user} ${op} ${words.join(' ')} [${invokedAt}, ${returnedAt}] → ${answer}`
}

function stateOf(show: Show, key: string): string[] {
  if (key.startsWith('user ') || key === 'house') return []
  const by = key.startsWith('seat ') ? show.takenBy.get(key.slice('seat '.length)) : key
  const claim = by === undefined ? undefined : show.claims.get(by)
  const until = claim && claim.until < Infinity ? ` until ${claim.until}` : ''
  const whose = claim ? ` of ${claim.user}: ${claim.seats.join(' ')}${until}` : claim === null ? ', which is over' : ''
  if (by !== key) return [`  ${key}: ${by === undefined ? 'free' : `${by}${whose}`}`]
  return [claim === undefined ? `  ${key}: never was` : `  ${key}${whose}`]
}
