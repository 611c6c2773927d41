// Commands and answers as bytes: the same commands, the same checks and the same answers as in JSON.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome, ShowFace } from '../actors/outcome.ts'
import { COMMAND_SEATS_MAX, KEY_MAX, NATS_COMMANDS_PER_REQUEST_MAX } from '../core/limits.ts'
import { refuse } from '../core/refusal.ts'
import { answerText } from '../gateway/answer.ts'
import { answerBytes } from '../gateway/binary/binary-answer.ts'
import { decodeBinaryMessage, decodeBinaryRequest } from '../gateway/binary/binary-command.ts'
import { decodeRequest } from '../gateway/nats/nats-request.ts'
import { type CommandMessage, toCommand } from '../gateway/to-command.ts'
import { decodeClientMessage } from '../gateway/websocket/client-message.ts'
import { type BinaryCommand, binaryAnswers, binaryMessage, binaryRequest } from './support/binary-form.ts'
import { renamed } from './support/seat-names.ts'
import { NOON, planOf, SHOW, SMALL_PLAN } from './support/small-show.ts'

const PLAN = planOf(SMALL_PLAN)
const FACE: ShowFace = { definition: { id: SHOW, currency: 'EUR' }, plan: PLAN, epoch: 300 }
const MIA = { user: 'mia', role: 'customer' as const, expiresAt: NOON * 2 }

const text = (min: number, max: number) => fc.string({ unit: 'binary-ascii', minLength: min, maxLength: max })
const key = text(1, KEY_MAX).map((value) => value.replace(/[^\x20-\x7e]/g, 'x'))
const seats = fc.uniqueArray(fc.constantFrom(...PLAN.ids), { minLength: 1, maxLength: 8 })
const number = fc.integer({ min: 1, max: 999_999_999_999_999 }).map(String)
const best = fc.record(
  {
    count: fc.integer({ min: 1, max: COMMAND_SEATS_MAX }),
    category: fc.constantFrom('Front', 'Mïddle 🎭'),
    zone: fc.constantFrom('Stalls', 'Bälcony'),
    accessible: fc.constant(true)
  },
  { requiredKeys: ['count'] }
)
const id = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
const optional = <T>(arbitrary: fc.Arbitrary<T>, name: string) =>
  fc.option(arbitrary, { nil: undefined }).map((value) => (value === undefined ? {} : { [name]: value }))
const reference = fc.constantFrom('pay_8Hq2', 'Zahlung für 🎭').map((of) => ({ reference: of }))
const anyMessage = fc
  .oneof(
    fc.tuple(
      fc.constant({ op: 'hold' }),
      seats.map((of) => ({ seats: of }))
    ),
    fc.tuple(
      fc.constant({ op: 'hold' }),
      best.map((of) => ({ best: of }))
    ),
    fc.tuple(
      fc.constantFrom({ op: 'extend' }, { op: 'release' }),
      number.map((hold) => ({ hold }))
    ),
    fc.tuple(
      fc.constant({ op: 'book' }),
      fc.tuple(number, optional(seats, 'seats'), optional(reference, 'payment')).map(([hold, some, pay]) => ({
        hold,
        ...some,
        ...pay
      }))
    ),
    fc.tuple(
      fc.constant({ op: 'cancel' }),
      fc.tuple(number, optional(seats, 'seats')).map(([of, some]) => ({ booking: `${SHOW}.${of}`, ...some }))
    )
  )
  .chain(([op, rest]) => key.map((of) => ({ ...op, ...rest, show: SHOW, key: of }) as CommandMessage))

/** The command of a message in JSON, its seats named by index. */
function commandOf(message: CommandMessage): BinaryCommand {
  return renamed(toCommand(message, MIA), PLAN) as BinaryCommand
}

function decoded(bytes: Uint8Array) {
  return decodeBinaryMessage(new Uint8Array(bytes).buffer, MIA)
}

describe('commands', () => {
  it('BIN-1: are the same as in JSON', () => {
    fc.assert(
      fc.property(id, anyMessage, (of, message) => {
        const command = commandOf(message)
        const inJson = decodeClientMessage(JSON.stringify({ id: of, ...message }))
        expect(inJson.ok && renamed(toCommand(inJson.message as CommandMessage, MIA), PLAN)).toEqual(command)
        expect(decoded(binaryMessage(of, command))).toEqual({ ok: true, id: of, command })
      }),
      { numRuns: 500 }
    )
  })

  it('BIN-1: over NATS, many of one operation on one show', () => {
    const many = fc.array(fc.tuple(id, fc.tuple(seats, key)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(many, (asked) => {
        const commands = asked.map(([of, [some, own]]) => {
          const message = { op: 'hold', show: SHOW, seats: some, key: own } as const
          return [of, { ...commandOf(message), user: `user ${of % 7}` } as BinaryCommand] as const
        })
        const request = decodeRequest('hold', SHOW, binaryRequest(commands))
        expect(request).toEqual({ isList: true, asked: commands.map(([of, command]) => ({ id: of, command })) })
      })
    )
  })

  it.each<[string, Partial<BinaryCommand> | ((bytes: number[]) => number[]), string]>([
    ['an operation there is not', (bytes) => [6, ...bytes.slice(1)], 'op: expected a number from 1 to 5.'],
    ['no id', (bytes) => [1, 0, ...bytes.slice(2)], 'id: expected a number from 1 on.'],
    ['more than it is', (bytes) => [...bytes, 0], 'The message goes on behind its end'],
    ['less than it is', (bytes) => bytes.slice(0, -1), 'The message ends early'],
    ['nothing', () => [], 'The message ends early at byte 0.'],
    ['an unknown flag', (bytes) => bytes.with(-4, 2), 'expected flags up to 1.'],
    ['a show of other letters', { show: 'a b' }, 'show: expected a show id'],
    ['a show without an id', { show: '' }, 'show: expected a show id'],
    ['a key of other letters', { key: 'clé' }, 'key: expected a key'],
    ['no key', { key: '' }, 'key: expected a key'],
    ['a key that is too long', { key: 'k'.repeat(KEY_MAX + 1) }, `key: expected a key of 1 to ${KEY_MAX} bytes.`],
    ['no seats', { seats: [] }, `seats: expected 1 to ${COMMAND_SEATS_MAX} of them.`],
    ['too many seats', { seats: Array.from({ length: COMMAND_SEATS_MAX + 1 }, (_, at) => at) }, 'seats: expected'],
    ['a seat twice', { seats: [3, 4, 3] }, 'seats: expected every seat once.'],
    ['too many of the best', { best: { count: COMMAND_SEATS_MAX + 1 } }, 'best: expected 1 to'],
    ['none of the best', { best: { count: 0 } }, 'best: expected 1 to'],
    ['the best of a category without a name', { best: { count: 1, category: '' } }, 'category: expected 1 to 200']
  ])('BIN-2: %s is refused with what is wrong', (_, change, detail) => {
    const command = commandOf({ op: 'hold', show: SHOW, seats: ['A1', 'A2'], key: 'k' })
    const bytes =
      typeof change === 'function'
        ? Uint8Array.from(change([...binaryMessage(7, command)]))
        : binaryMessage(7, { ...command, ...change } as BinaryCommand)
    const answer = decoded(bytes)
    expect(answer).toMatchObject({ ok: false, detail: expect.stringContaining(detail) })
    // Told apart by its id, where that could be read.
    if (typeof change !== 'function') expect(answer.id).toBe(7)
  })

  it('BIN-2: a number that is none is refused', () => {
    const message = (op: 'extend' | 'release') => ({ op, show: SHOW, hold: '1', key: 'k' }) as const
    for (const op of ['extend', 'release'] as const) {
      const answer = decoded(binaryMessage(7, { ...commandOf(message(op)), hold: '0' } as BinaryCommand))
      expect(answer).toEqual({ ok: false, id: 7, detail: 'hold: expected its number.' })
    }
    const cancel = commandOf({ op: 'cancel', show: SHOW, booking: `${SHOW}.1`, key: 'k' })
    const none = decoded(binaryMessage(7, { ...cancel, booking: `${SHOW}.0` } as BinaryCommand))
    expect(none).toEqual({ ok: false, id: 7, detail: 'booking: expected its number.' })
  })

  it('BIN-2: a reference that cannot be kept is refused', () => {
    const book = commandOf({ op: 'book', show: SHOW, hold: '1', payment: { reference: 'x' }, key: 'k' })
    const answer = decoded(binaryMessage(7, { ...book, payment: 'a\nb' } as BinaryCommand))
    expect(answer).toMatchObject({ ok: false, detail: expect.stringContaining('payment: ') })
  })

  it('BIN-2: a request with one that is wrong, or too many, is refused as a whole, saying which', () => {
    const command = commandOf({ op: 'hold', show: SHOW, seats: ['A1'], key: 'k' })
    const many = (count: number) => Array.from({ length: count }, (_, at) => [at + 1, command] as const)
    const wrong = binaryRequest([...many(2), [3, { ...command, key: '' } as BinaryCommand]])
    expect(decodeBinaryRequest('hold', SHOW, wrong)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^Command 3: key: /)
    })
    const most = binaryRequest(many(NATS_COMMANDS_PER_REQUEST_MAX))
    expect(decodeBinaryRequest('hold', SHOW, most)).toMatchObject({ ok: true })
    const more = binaryRequest(many(NATS_COMMANDS_PER_REQUEST_MAX + 1))
    expect(decodeBinaryRequest('hold', SHOW, more)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`1 to ${NATS_COMMANDS_PER_REQUEST_MAX} commands`)
    })
    expect(decodeRequest('hold', SHOW, Uint8Array.of(1))).toMatchObject({ code: 'invalid_request' })
  })
})

describe('answers', () => {
  const asked = { at: NOON, user: 'mia', key: 'k', fingerprint: 0 }
  const prices = [5_000, 3_000]
  const outcomes: Outcome[] = [
    { kind: 'held', ...asked, hold: 17, seats: [2, 3], prices, expiresAt: NOON + 600_000 },
    { kind: 'extended', ...asked, hold: 17, seats: [2, 3], prices, expiresAt: NOON + 900_000 },
    { kind: 'released', ...asked, hold: 17, seats: [2, 3] },
    { kind: 'booked', ...asked, booking: 9, owner: 'tom', hold: 17, seats: [2, 3], prices, freed: [], payment: 'p' },
    {
      ...{ kind: 'cancelled', ...asked, booking: 9, owner: 'tom', bookedAt: NOON - 1 },
      ...{ seats: [2], left: [3], leftPrices: [3_000] }
    } as Outcome,
    {
      ...{ kind: 'cancelled', ...asked, booking: 9, owner: 'tom', bookedAt: NOON - 1 },
      ...{ seats: [2, 3], left: [], leftPrices: [] }
    } as Outcome,
    refuse('seats_unavailable', 'These are gone.', { seats: [2, 3] }),
    refuse('not_found', 'There is no such seat.', { seatIds: ['Z9'] }),
    refuse('busy', 'Later.', { retryAfterMs: 250 }),
    refuse('limit_exceeded', 'Once.', { expiresAt: NOON })
  ]

  it.each(outcomes.map((outcome, at) => [outcome.kind, at] as const))(
    'BIN-3: of %s (%i) says what JSON says',
    (_, at) => {
      const outcome = outcomes[at]!
      const [answer] = binaryAnswers(answerBytes(7, outcome, FACE))
      const json = JSON.parse(answerText(7, outcome, FACE))
      expect(inJson(answer!)).toEqual(withoutNames(json))
    }
  )

  it('BIN-3: to what has no id that could be read have the id 0, and begin as no push does', () => {
    const refusal = refuse('invalid_request', 'The message ends early at byte 0.')
    expect(binaryAnswers(answerBytes(null, refusal, null))).toEqual([
      { id: 0, kind: 'refusal', code: 'invalid_request', detail: refusal.detail }
    ])
    const first = outcomes.map((outcome) => answerBytes(7, outcome, FACE)[0]!)
    expect(Math.min(...first)).toBeGreaterThan(2)
  })
})

/** The members that JSON has beside names: of categories, currencies and errors. */
function inJson(answer: ReturnType<typeof binaryAnswers>[number]): object {
  const { id } = answer
  const seatsOf = (list: readonly (readonly [number, number])[]) => ({
    seats: list.map(([seat, price]) => ({ id: PLAN.ids[seat], price })),
    total: list.reduce((sum, [, price]) => sum + price, 0)
  })
  switch (answer.kind) {
    case 'done':
      return { id, ok: true, epoch: answer.epoch }
    case 'hold': {
      const { epoch, hold, expiresAt, seats: list } = answer
      const until = new Date(expiresAt).toISOString()
      return { id, ok: true, epoch, hold: { id: String(hold), showId: SHOW, ...seatsOf(list), expiresAt: until } }
    }
    case 'booking': {
      const { epoch, booking, bookedAt, user, seats: list } = answer
      const own = { id: `${SHOW}.${booking}`, showId: SHOW, userId: user, bookedAt: new Date(bookedAt).toISOString() }
      const status = list.length === 0 ? 'cancelled' : 'confirmed'
      return { id, ok: true, epoch, booking: { ...own, ...seatsOf(list), status } }
    }
    case 'refusal': {
      const { code, detail, seats: gone, seatIds, retryAfterMs, expiresAt } = answer
      const ids = [...(seatIds ?? []), ...(gone ?? []).map((seat) => PLAN.ids[seat])]
      return {
        ...{ id, ok: false },
        error: {
          ...{ code, detail },
          ...(ids.length > 0 && { seats: ids }),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
          ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() })
        }
      }
    }
  }
}

function withoutNames(json: Record<string, unknown>): object {
  const NAMES = new Set(['category', 'currency', 'type', 'title', 'status', 'retryable'])
  const strip = (value: unknown, inside: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => strip(item, inside))
    if (typeof value !== 'object' || value === null) return value
    const kept = Object.entries(value).filter(
      ([name]) => !NAMES.has(name) || (name === 'status' && inside === 'booking')
    )
    return Object.fromEntries(kept.map(([name, member]) => [name, strip(member, name)]))
  }
  return strip(json, '') as object
}
